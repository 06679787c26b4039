// Binds the workflow's data source to a datastore, of this process or of another rank, and serves one to other ranks.
#pragma once

#include "datastore/key_value.hpp"
#include "datastore/server.hpp"
#include "taskmgr/data_source.hpp"

namespace splicemd::parsplice {

class StoreData : public taskmgr::DataSource {
 public:
  // `now` is the transport's clock, by which next_deadline() counts.
  StoreData(datastore::KeyValue& store, std::function<double()> now)
      : store_(store), now_(std::move(now)) {}

  void get(const Key& key, std::function<void(taskmgr::Value)> arrived) override;
  void put(const Key& key, Bytes value, std::function<void()> stored) override;
  void progress() override { store_.progress(); }
  double next_deadline() const override { return now_() + store_.seconds_until_due(); }

 private:
  datastore::KeyValue& store_;
  std::function<double()> now_;
};

// The store of this process, for task managers on other ranks.
class StoreService : public taskmgr::Service {
 public:
  StoreService(Transport& transport, datastore::KeyValue& store)
      : transport_(transport), server_(transport, store) {}

  bool progress() override { return server_.progress(); }
  double next_deadline() const override { return transport_.now() + server_.seconds_until_due(); }

 private:
  Transport& transport_;
  datastore::StoreServer server_;
};

}  // namespace splicemd::parsplice
