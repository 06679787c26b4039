// Sorts coupling forms by owner and shares the owners among threads.
#include "snap/device_forms.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace splicemd::snap {

namespace {

// A form with what its group knows and the owner it belongs to.
struct Placed {
  int owner;
  int n_j, half;
  CouplingForm form;

  auto run() const { return std::make_tuple(owner, form.out, n_j, half); }
  auto order() const { return std::make_tuple(owner, form.out, n_j, half, form.na, form.nb); }
  // Products with their sums over rows and columns.
  double work() const {
    const double full = form.na * form.nb * (4.0 + 2.0 * n_j) + form.nb * (2.0 + 4.0 * n_j);
    return (half != 0 ? 0.5 : 1.0) * full + 4.0 * n_j + 10.0;
  }
};

template <class Owner>
std::vector<Placed> placed_forms(const TableStorage::FormList& list, const Owner& owner_of) {
  std::vector<Placed> out;
  for (const CouplingGroup& group : list.groups) {
    for (int n = group.first; n < group.last; ++n) {
      const CouplingForm& form = list.forms[static_cast<std::size_t>(n)];
      out.push_back({owner_of(form), group.n_j, group.half, form});
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Placed& a, const Placed& b) { return a.order() < b.order(); });
  return out;
}

// `out.owners` hold their entries to clear; their ranges of runs are filled here.
void fill_runs(const std::vector<Placed>& placed, OwnedForms& out) {
  out.work.assign(out.owners.size(), 1.0);
  std::size_t next = 0;
  for (std::size_t owner = 0; owner < out.owners.size(); ++owner) {
    out.owners[owner].first = static_cast<int>(out.runs.size());
    for (; next < placed.size() && placed[next].owner == static_cast<int>(owner); ++next) {
      const Placed& form = placed[next];
      const int at = static_cast<int>(next);
      if (out.owners[owner].first == static_cast<int>(out.runs.size()) ||
          form.run() != placed[next - 1].run()) {
        out.runs.push_back({at, at, form.n_j, form.half});
      }
      out.runs.back().last = at + 1;
      out.forms.push_back(form.form);
      out.work[owner] += form.work();
    }
    out.owners[owner].last = static_cast<int>(out.runs.size());
  }
}

}  // namespace

OwnedForms forms_by_cell(const TableStorage& tables) {
  OwnedForms out;
  std::vector<int> owner(static_cast<std::size_t>(tables.view.n_chain));
  for (const PolyBlock& block : tables.blocks) {
    for (const int first : {block.plus, block.minus}) {
      if (first < 0) continue;
      const int size = block.k_max + 1;
      for (int n = 0; n < size; ++n)
        owner[static_cast<std::size_t>(first + n)] = static_cast<int>(out.owners.size());
      out.owners.push_back({0, 0, first, size});
    }
  }
  fill_runs(placed_forms(tables.adjoint,
                         [&](const CouplingForm& form) {
                           return owner[static_cast<std::size_t>(form.out)];
                         }),
            out);
  return out;
}

OwnedForms forms_by_target(const TableStorage& tables) {
  OwnedForms out;
  std::map<int, int> owner;  // target → its owner
  for (const CouplingForm& form : tables.bispectrum.forms) owner[form.target] = form.n_targets;
  int next = 0;
  for (auto& [target, number] : owner) {
    out.owners.push_back({0, 0, target, number * tables.view.channels});
    number = next++;
  }
  fill_runs(placed_forms(tables.bispectrum,
                         [&](const CouplingForm& form) { return owner.at(form.target); }),
            out);
  return out;
}

// The largest first, each to the thread that has the least so far.
FormShares OwnedForms::share(int threads) const {
  std::vector<int> order(owners.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return work[static_cast<std::size_t>(a)] > work[static_cast<std::size_t>(b)];
  });
  std::vector<std::vector<int>> shares(static_cast<std::size_t>(threads));
  std::vector<double> load(static_cast<std::size_t>(threads), 0.0);
  for (const int owner : order) {
    const auto least = std::min_element(load.begin(), load.end()) - load.begin();
    shares[static_cast<std::size_t>(least)].push_back(owner);
    load[static_cast<std::size_t>(least)] += work[static_cast<std::size_t>(owner)];
  }
  FormShares out;
  out.first.push_back(0);
  for (const std::vector<int>& share : shares) {
    out.owners.insert(out.owners.end(), share.begin(), share.end());
    out.first.push_back(static_cast<int>(out.owners.size()));
  }
  return out;
}

}  // namespace splicemd::snap
