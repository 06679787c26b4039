// Callbacks that an object hands out, and takes back with its end.
#pragma once

#include <memory>
#include <utility>

namespace splicemd {

// A member of an object whose callbacks others keep: what guard() returns calls through while the lifeline lives and
// does nothing afterwards. To be declared last, so that it goes first. Used by one thread.
class Lifeline {
 public:
  Lifeline() = default;
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  template <class Call>
  auto guard(Call call) const {
    return [here = std::weak_ptr<const char>(token_), call = std::move(call)](auto&&... arguments) {
      if (!here.expired()) call(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const char> token_ = std::make_shared<const char>('\0');
};

}  // namespace splicemd
