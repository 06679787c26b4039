// `splicemd campaign`: from a deck to a finished or stopped campaign, on all ranks together.
#pragma once

#include <string>

#include "base/mpi.hpp"
#include "parsplice/campaign_deck.hpp"

namespace splicemd::parsplice {

struct CampaignOptions {
  bool dry_run = false;      // check everything, print it, run nothing
  bool resume = false;       // the store must hold a campaign
  bool show_layout = false;  // print who does what, run nothing
};

// Collective. InputError on every rank for anything wrong with the deck or the store.
void run_campaign(const CampaignDeck& deck, const CampaignOptions& options,
                  const Communicator& comm);

}  // namespace splicemd::parsplice
