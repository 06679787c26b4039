// Binds the workflow's data source to a datastore.
#pragma once

#include "datastore/store.hpp"
#include "taskmgr/data_source.hpp"

namespace splicemd::parsplice {

class StoreData : public taskmgr::DataSource {
 public:
  // `now` is the transport's clock, by which next_deadline() counts.
  StoreData(datastore::Store& store, std::function<double()> now)
      : store_(store), now_(std::move(now)) {}

  void get(const Key& key, std::function<void(taskmgr::Value)> arrived) override;
  void put(const Key& key, Bytes value, std::function<void()> stored) override;
  void progress() override { store_.progress(); }
  double next_deadline() const override { return now_() + store_.seconds_until_due(); }

 private:
  datastore::Store& store_;
  std::function<double()> now_;
};

}  // namespace splicemd::parsplice
