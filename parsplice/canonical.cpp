// The only place that includes nauty's headers, whose macros and globals stay here.
#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "parsplice/bond_graph.hpp"

#include <nausparse.h>

namespace splicemd::parsplice {
namespace {

// nauty's adjacency lists over our arrays.
struct Adjacency {
  explicit Adjacency(const BondGraph& bonded)
      : degrees(bonded.colours.size(), 0),
        starts(bonded.colours.size(), 0),
        edges(2 * bonded.bonds.size()) {
    for (const auto& [a, b] : bonded.bonds) {
      ++degrees[a];
      ++degrees[b];
    }
    std::exclusive_scan(degrees.begin(), degrees.end(), starts.begin(), std::size_t{0});
    std::vector<std::size_t> next = starts;
    for (const auto& [a, b] : bonded.bonds) {
      edges[next[a]++] = static_cast<int>(b);
      edges[next[b]++] = static_cast<int>(a);
    }
  }
  sparsegraph view() {
    sparsegraph lists;
    SG_INIT(lists);
    lists.nv = static_cast<int>(degrees.size());
    lists.nde = edges.size();
    lists.v = starts.data();
    lists.d = degrees.data();
    lists.e = edges.data();
    lists.vlen = starts.size();
    lists.dlen = degrees.size();
    lists.elen = edges.size();
    return lists;
  }
  std::vector<int> degrees;
  std::vector<std::size_t> starts;
  std::vector<int> edges;
};

// Atoms by colour in `order`; ends[k] is 0 where a colour ends: nauty's initial partition.
void initial_partition(const std::vector<std::uint32_t>& colours, std::vector<int>& order,
                       std::vector<int>& ends) {
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return colours[static_cast<std::size_t>(a)] < colours[static_cast<std::size_t>(b)];
  });
  for (std::size_t k = 0; k < order.size(); ++k) {
    const bool last = k + 1 == order.size() || colours[static_cast<std::size_t>(order[k])] !=
                                                   colours[static_cast<std::size_t>(order[k + 1])];
    ends[k] = last ? 0 : 1;
  }
}

}  // namespace

CanonicalForm canonical_form(const BondGraph& bonded) {
  const std::size_t n = bonded.colours.size();
  ensure(n > 0 && n < (1U << 30), "a bond graph of {} atoms", n);
  Adjacency adjacency(bonded);
  sparsegraph input = adjacency.view();
  std::vector<int> order(n), ends(n), orbits(n);
  initial_partition(bonded.colours, order, ends);

  static DEFAULTOPTIONS_SPARSEGRAPH(defaults);
  optionblk options = defaults;
  options.getcanon = TRUE;
  options.defaultptn = FALSE;
  statsblk stats;
  SG_DECL(canonical);
  sparsenauty(&input, order.data(), ends.data(), orbits.data(), &options, &stats, &canonical);
  SG_FREE(canonical);
  ensure(stats.errstatus == 0, "nauty failed with status {}", stats.errstatus);

  CanonicalForm form;
  form.order.assign(order.begin(), order.end());
  form.label = identity_label(renumbered(bonded, form.order));
  return form;
}

}  // namespace splicemd::parsplice
