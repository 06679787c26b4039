// The table of integrators a stage can name.
#include "md/integrators/integrator.hpp"
#include "md/integrators/langevin.hpp"
#include "md/integrators/npt.hpp"
#include "md/integrators/nve.hpp"
#include "md/integrators/nvt.hpp"

namespace splicemd::md {

namespace {

struct Row {
  const char* style;
  std::unique_ptr<Integrator> (*make)(const ConfigNode&, const IntegratorContext&);
};

std::unique_ptr<Integrator> make_nve(const ConfigNode&, const IntegratorContext& context) {
  return std::make_unique<Nve>(context.timestep);
}

constexpr Row kTable[] = {
    {"nve", make_nve},
    {"langevin", make_langevin},
    {"nvt", make_nvt},
    {"npt", make_npt},
};

}  // namespace

std::vector<std::string> integrator_styles() {
  std::vector<std::string> styles;
  for (const Row& row : kTable) styles.emplace_back(row.style);
  return styles;
}

std::unique_ptr<Integrator> make_integrator(const ConfigNode& stage,
                                            const IntegratorContext& context) {
  const std::string style = stage.at("style").choice(integrator_styles());
  for (const Row& row : kTable) {
    if (style == row.style) return row.make(stage, context);
  }
  stage.fail("no integrator '{}'", style);
}

}  // namespace splicemd::md
