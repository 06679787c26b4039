// A campaign's report: one HTML page that holds all it shows and needs no network.
#pragma once

#include <string>

#include "parsplice/query.hpp"

namespace splicemd::parsplice {

std::string campaign_report(CampaignQuery& query);

}  // namespace splicemd::parsplice
