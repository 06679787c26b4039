// Reading of ramps from a deck.
#include "md/integrators/ramp.hpp"

namespace splicemd::md {

Ramp read_ramp(const ConfigNode& node, Dimension dimension, double min) {
  const std::vector<ConfigNode> items = node.items();
  if (items.empty() || items.size() > 2) {
    node.fail("expected one value or [start, stop], found {} values", items.size());
  }
  const double start = items.front().number(dimension, min);
  const double stop = items.back().number(dimension, min);
  return {start, stop};
}

}  // namespace splicemd::md
