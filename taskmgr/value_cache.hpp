// Values a task manager keeps because the next tasks are likely to need them too.
#pragma once

#include <list>
#include <unordered_map>

#include "taskmgr/data_source.hpp"

namespace splicemd::taskmgr {

// Least recently used values go first once their bytes exceed the budget.
class ValueCache {
 public:
  explicit ValueCache(std::size_t budget) : budget_(budget) {}

  // Null if the value is not here.
  Value find(const Key& key) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->value;
  }
  void insert(const Key& key, const Value& value) {
    if (value->size() > budget_ || rows_.contains(key)) return;
    order_.push_front({key, value});
    rows_[key] = order_.begin();
    bytes_ += value->size();
    while (bytes_ > budget_) {
      bytes_ -= order_.back().value->size();
      rows_.erase(order_.back().key);
      order_.pop_back();
    }
  }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Row {
    Key key;
    Value value;
  };
  std::size_t budget_;
  std::size_t bytes_ = 0;
  std::list<Row> order_;
  std::unordered_map<Key, std::list<Row>::iterator> rows_;
};

}  // namespace splicemd::taskmgr
