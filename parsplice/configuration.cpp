// Encoding systems of atoms.
#include "parsplice/configuration.hpp"

#include "base/error.hpp"

namespace splicemd::parsplice {
namespace {

template <class T>
std::vector<T> picked(const std::vector<T>& rows, const Permutation& order) {
  if (rows.empty()) return {};
  std::vector<T> result;
  result.reserve(order.size());
  for (const AtomIndex k : order) result.push_back(rows[k]);
  return result;
}

}  // namespace

AtomicConfiguration AtomicConfiguration::reordered(const Permutation& order) const {
  AtomicConfiguration result;
  result.box = box;
  result.species = species;
  result.type = picked(type, order);
  result.group = picked(group, order);
  result.minimum = picked(minimum, order);
  result.x = picked(x, order);
  result.v = picked(v, order);
  result.state = state;
  result.graph = graph;
  result.reference = picked(reference, order);
  return result;
}

md::Configuration AtomicConfiguration::to_md() const {
  md::Configuration result;
  result.box = box;
  result.species = species;
  result.has_velocities = !v.empty();
  result.atoms.resize(size());
  for (std::size_t k = 0; k < size(); ++k) {
    md::AtomRecord& atom = result.atoms[k];
    atom.id = static_cast<std::int64_t>(k) + 1;
    atom.type = type[k];
    for (std::size_t c = 0; c < 3; ++c) {
      atom.x[c] = positions()[k][c];
      if (!v.empty()) atom.v[c] = v[k][c];
    }
  }
  return result;
}

Bytes AtomicConfiguration::encode() const {
  ByteWriter out;
  out.put(box).put(static_cast<std::uint32_t>(species.size()));
  for (const md::Species& s : species) out.put(s.symbol).put(s.mass);
  out.put(type).put(group).put(minimum).put(x).put(v);
  if (!reference.empty()) out.put(state).put(graph).put(reference);
  return out.take();
}

AtomicConfiguration AtomicConfiguration::decode(ByteView bytes) {
  ByteReader in(bytes);
  AtomicConfiguration result;
  result.box = in.get<md::Box>();
  for (auto n = in.get<std::uint32_t>(); n > 0; --n) {
    md::Species& species = result.species.emplace_back();
    species.symbol = in.get_text();
    species.mass = in.get<double>();
  }
  result.type = in.get_vector<std::int32_t>();
  result.group = in.get_vector<std::uint32_t>();
  result.minimum = in.get_vector<Vector3>();
  result.x = in.get_vector<Vector3>();
  result.v = in.get_vector<Vector3>();
  if (in.left() > 0) {
    result.state = in.get<Key>();
    result.graph = in.get<Key>();
    result.reference = in.get_vector<Vector3>();
  }
  in.finish();
  const std::size_t n = result.size();
  ensure(result.group.size() == n && result.minimum.size() == n &&
             (result.x.empty() || result.x.size() == n) &&
             (result.v.empty() || result.v.size() == n) &&
             (result.reference.empty() || result.reference.size() == n),
         "a stored configuration is damaged: its arrays have different lengths");
  for (const std::int32_t t : result.type) {
    ensure(t >= 0 && static_cast<std::size_t>(t) < result.species.size(),
           "a stored configuration is damaged: atom type {}", t);
  }
  return result;
}

Bytes AtomicArrival::encode() const {
  ByteWriter out;
  out.put(order).put(before).put(after);
  return out.take();
}

AtomicArrival AtomicArrival::decode(ByteView bytes) {
  ByteReader in(bytes);
  AtomicArrival result;
  result.order = in.get_vector<AtomIndex>();
  result.before = in.get_vector<Vector3>();
  result.after = in.get_vector<Vector3>();
  in.finish();
  ensure(result.before.size() == result.order.size() && result.after.size() == result.order.size(),
         "a stored arrival is damaged: its arrays have different lengths");
  return result;
}

}  // namespace splicemd::parsplice
