// `splicemd report`: a campaign's report as one HTML page.
#include "parsplice/report.hpp"

#include <memory>
#include <string>

#include "base/files.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"

namespace splicemd::cli {

Action add_report(CLI::App& command) {
  auto store = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>("report.html");
  command.add_option("store", *store, "The store's folder")->required();
  command.add_option("-o,--output", *file,
                     "The page (default: report.html; - for the standard output)");
  return [store, file](const Communicator& comm) {
    comm.on_root([&] {
      log::configure({0, true, ""});
      parsplice::CampaignQuery query(*store);
      const std::string page = parsplice::campaign_report(query);
      replace_file(*file, page);
      if (*file != "-") log::info("{}: {} bytes", *file, page.size());
    });
    return 0;
  };
}

}  // namespace splicemd::cli
