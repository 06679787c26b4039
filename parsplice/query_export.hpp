// What leaves a store as files for other programs: configurations, the transition matrix, diffusion.
#pragma once

#include <string>

#include "parsplice/query.hpp"

namespace splicemd::parsplice {

struct ExportOptions {
  std::string what;   // states, trajectory, matrix or msd
  std::string file;   // "": standard output, for tables
  std::string state;  // only this state
};

// Writes the file; returns what is to be printed. InputError for a format that cannot hold it.
std::string export_campaign(CampaignQuery& query, const ExportOptions& options, TableFormat format);

// Mean squared displacement of all atoms along the unwrapped trajectory against time, with the diffusion
// coefficient of each line (msd / 6t) and its standard error from windows that do not overlap.
Table mean_squared_displacement(CampaignQuery& query);

}  // namespace splicemd::parsplice
