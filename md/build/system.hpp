// A deck's `system:` map: reads a structure file or builds one, then applies boundary, masses and replicate.
#pragma once

#include "base/config.hpp"
#include "md/configuration.hpp"

namespace splicemd::md {

// Every species of the result has a symbol and a positive mass. Reads the files itself, so on many ranks
// each calls it (or one does and the others get its result). InputError names the key that is wrong.
Configuration system_from_deck(const ConfigNode& system);

}  // namespace splicemd::md
