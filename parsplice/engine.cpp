// The table of engines a deck can name.
#include "parsplice/engine.hpp"

#include "parsplice/markov_engine.hpp"
#include "parsplice/md_engine.hpp"

namespace splicemd::parsplice {
namespace {

using MakeEngine = std::unique_ptr<Engine> (*)(const ConfigNode&, double, const Communicator&);

std::unique_ptr<Engine> make_md(const ConfigNode& deck, double block, const Communicator& comm) {
  return std::make_unique<MdEngine>(deck, block, comm);
}

std::unique_ptr<Engine> make_markov(const ConfigNode& deck, double block, const Communicator&) {
  MarkovModel model;
  if (const auto node = deck.find("markov")) model = MarkovModel::read(*node);
  model.block = block;
  return std::make_unique<MarkovEngine>(model);
}

struct Row {
  const char* name;
  MakeEngine make;
};

constexpr Row kTable[] = {
    {"md", make_md},
    {"markov", make_markov},
};

}  // namespace

std::unique_ptr<Engine> make_engine(const ConfigNode& deck, double block,
                                    const Communicator& comm) {
  const auto named = deck.find("engine");
  std::vector<std::string> names;
  for (const Row& row : kTable) names.emplace_back(row.name);
  const std::string name = named ? named->choice(names) : "md";
  for (const Row& row : kTable) {
    if (name == row.name) return row.make(deck, block, comm);
  }
  named->fail("no engine '{}'", name);
}

}  // namespace splicemd::parsplice
