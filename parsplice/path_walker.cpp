// Composition of permutations, transformations and displacements.
#include "parsplice/path_walker.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace splicemd::parsplice {
namespace {

constexpr Matrix3 kUnit{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

Matrix3 transposed(const Matrix3& a) {
  Matrix3 t{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) t[i][j] = a[j][i];
  }
  return t;
}

Vector3 rotated(const Matrix3& a, const Vector3& x) {
  Vector3 y{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) y[i] += a[i][k] * x[k];
  }
  return y;
}

Vector3 difference(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

double square(const Vector3& x) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; }

// The vector to the nearest image.
Vector3 nearest(const md::Box& box, const Vector3& d) {
  double n[3];
  for (int k = 0; k < 3; ++k) {
    const double s = d[0] * box.hinv[0][k] + d[1] * box.hinv[1][k] + d[2] * box.hinv[2][k];
    n[k] = box.periodic[k] ? std::round(s) : 0.0;
  }
  double shift[3];
  box.lattice_vector(n[0], n[1], n[2], shift);
  return {d[0] - shift[0], d[1] - shift[1], d[2] - shift[2]};
}

// The cofactor matrix: det(a)·a⁻ᵀ.
Matrix3 cofactors(const Matrix3& a) {
  Matrix3 c{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const std::size_t i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      c[i][j] = a[i1][j1] * a[i2][j2] - a[i1][j2] * a[i2][j1];
    }
  }
  return c;
}

// The orthogonal factor of the polar decomposition, by Newton's iteration Q ← (Q + Q⁻ᵀ)/2.
Matrix3 orthogonal_factor(Matrix3 q) {
  for (int iteration = 0; iteration < 60; ++iteration) {
    const Matrix3 c = cofactors(q);
    const double determinant = q[0][0] * c[0][0] + q[0][1] * c[0][1] + q[0][2] * c[0][2];
    if (std::abs(determinant) < 1e-12) return kUnit;  // flat or linear: no unique answer
    double change = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        const double next = 0.5 * (q[i][j] + c[i][j] / determinant);
        change = std::max(change, std::abs(next - q[i][j]));
        q[i][j] = next;
      }
    }
    if (change < 1e-14) break;
  }
  return q;
}

bool has_frozen(const AtomicConfiguration& atoms) {
  return std::any_of(atoms.group.begin(), atoms.group.end(),
                     [](std::uint32_t bits) { return (bits & 1U) != 0; });
}

// A thermostat lets a free system drift as a whole, which is no diffusion.
void remove_drift(std::vector<Vector3>& displacement) {
  Vector3 mean{};
  for (const Vector3& d : displacement) {
    for (std::size_t c = 0; c < 3; ++c) mean[c] += d[c] / static_cast<double>(displacement.size());
  }
  for (Vector3& d : displacement) d = difference(d, mean);
}

}  // namespace

Matrix3 bond_rotation(const AtomicConfiguration& reference, const std::vector<Vector3>& to,
                      double* residual) {
  constexpr double kReach2 = 16.0;  // Å²: first and second neighbours
  Matrix3 sum{};
  std::vector<std::pair<Vector3, Vector3>> bonds;
  for (std::size_t a = 0; a < to.size(); ++a) {
    for (std::size_t b = a + 1; b < to.size(); ++b) {
      const Vector3 before =
          nearest(reference.box, difference(reference.minimum[b], reference.minimum[a]));
      if (square(before) > kReach2) continue;
      const Vector3 after = nearest(reference.box, difference(to[b], to[a]));
      bonds.emplace_back(before, after);
      for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) sum[i][j] += after[i] * before[j];
      }
    }
  }
  if (bonds.empty()) return kUnit;
  for (auto& row : sum) {
    for (double& x : row) x /= static_cast<double>(bonds.size());
  }
  const Matrix3 q = orthogonal_factor(sum);
  double rest = 0.0;
  for (const auto& [before, after] : bonds) rest += square(difference(rotated(q, before), after));
  if (residual != nullptr) *residual = std::sqrt(rest / static_cast<double>(bonds.size()));
  return q;
}

PathWalker::PathWalker(CampaignQuery& query)
    : query_(query),
      snapshot_(query.reader()),
      visits_(query.reader().ledger().prepare(
          "SELECT id, start, blocks, state, segment, stay FROM visits ORDER BY id")),
      stays_(query.reader().ledger().prepare(
          "SELECT t.piece, s.state, t.state, t.identity FROM stays t JOIN segments s "
          "ON s.id = t.segment AND s.piece = t.piece WHERE t.segment = ? ORDER BY t.piece, "
          "t.stay")),
      turn_(kUnit),
      end_turn_(kUnit) {
  start_ = reference(0);
  roles_ = end_roles_ = identity_permutation(start_.size());
  base_ = positions_ = start_.minimum;
}

const AtomicConfiguration& PathWalker::reference(std::int64_t state) {
  const auto found = references_.find(state);
  if (found != references_.end()) return found->second;
  datastore::Statement row =
      query_.reader().ledger().prepare("SELECT data FROM states WHERE id = ?");
  ensure(row.bind(state).step(), "the trajectory visits state {}, which is not in the store",
         state);
  const datastore::Value value = query_.reader().get(row.key(0));
  ensure(value != nullptr && value->size() > 100,
         "state {} has no configuration of atoms in the store", state);
  return references_.emplace(state, AtomicConfiguration::decode(*value)).first->second;
}

const PathWalker::Move& PathWalker::move(const Step& step) {
  datastore::Statement label = query_.reader().ledger().prepare(
      "SELECT data FROM arrivals WHERE from_state = ? AND identity = ?");
  ensure(label.bind(step.from_state, step.identity).step(),
         "the store does not say how state {} was entered from state {}", step.state,
         step.from_state);
  const Key key = label.key(0);
  const auto found = moves_.find(key);
  if (found != moves_.end()) return found->second;
  const datastore::Value value = query_.reader().get(key);
  ensure(value != nullptr, "an arrival's map is missing from the store");
  const AtomicArrival arrival = AtomicArrival::decode(*value);
  Move result;
  result.order = arrival.order;
  double rest = 0.0;
  const Matrix3 from = bond_rotation(reference(step.from_state), arrival.before, &rest);
  residual_ = std::max(residual_, rest);
  std::vector<Vector3> entered;
  for (const AtomIndex atom : arrival.order) entered.push_back(arrival.after[atom]);
  const Matrix3 to = bond_rotation(reference(step.state), entered, &rest);
  residual_ = std::max(residual_, rest);
  const Matrix3 back = transposed(from);
  result.turn = multiply(back, to);
  for (std::size_t k = 0; k < arrival.before.size(); ++k) {
    result.displacement.push_back(rotated(back, difference(arrival.after[k], arrival.before[k])));
  }
  if (!has_frozen(start_)) remove_drift(result.displacement);
  return moves_.emplace(key, std::move(result)).first->second;
}

// Where the atoms are after one of a piece's transitions: displacements count from the piece's start.
void PathWalker::carry(const Step& step) {
  if (step.piece != piece_) {
    piece_ = step.piece;
    roles_ = end_roles_;
    turn_ = end_turn_;
    base_ = positions_;
  }
  const Move& moved = move(step);
  end_roles_ = compose(roles_, moved.order);
  end_turn_ = multiply(turn_, moved.turn);
  for (std::size_t k = 0; k < roles_.size(); ++k) {
    const Vector3 shift = rotated(turn_, moved.displacement[k]);
    for (std::size_t c = 0; c < 3; ++c) positions_[roles_[k]][c] = base_[roles_[k]][c] + shift[c];
  }
}

void PathWalker::load_segment(std::int64_t segment) {
  segment_ = segment;
  piece_ = -1;
  step_ = 0;
  steps_.clear();
  stays_.bind(segment);
  while (stays_.step()) {
    steps_.push_back({stays_.integer(0), stays_.integer(1), stays_.integer(2), stays_.key(3)});
  }
}

bool PathWalker::next() {
  if (!visits_.step()) return false;
  const std::int64_t segment = visits_.integer(4);
  point_ = {visits_.integer(0), static_cast<double>(visits_.integer(1)) * query_.block(),
            static_cast<double>(visits_.integer(2)) * query_.block(), visits_.integer(3)};
  if (!begun_) {
    begun_ = true;
    return true;
  }
  if (segment != segment_) load_segment(segment);
  ensure(step_ < steps_.size() && steps_[step_].state == point_.state,
         "visit {} does not follow from segment {}", point_.visit, segment);
  carry(steps_[step_++]);
  return true;
}

}  // namespace splicemd::parsplice
