// `splicemd campaign`: from a deck to a finished or stopped campaign, on all ranks together.
#pragma once

#include <functional>

#include "base/mpi.hpp"
#include "parsplice/campaign_deck.hpp"
#include "taskmgr/workflow.hpp"

namespace splicemd::parsplice {

struct CampaignOptions {
  bool dry_run = false;      // check everything, print it, run nothing
  bool resume = false;       // the store must hold a campaign
  bool show_layout = false;  // print who does what, run nothing
  // Called before the workflow begins with what this rank brings to it: tests put failing parts into it. What they
  // put there must outlive run_campaign().
  std::function<void(taskmgr::Application&)> adapt = {};
};

// Collective. InputError on every rank for anything wrong with the deck or the store.
void run_campaign(const CampaignDeck& deck, const CampaignOptions& options,
                  const Communicator& comm);

}  // namespace splicemd::parsplice
