// H5MD trajectories: the writer opens its file at the first frame and, on continuation, copies what it
// keeps.
//
// The file is in HDF5's single-writer-multiple-readers mode while it is open: it can be read meanwhile and
// survives a killed writer. Such an unsealed file is continued by copying its frames into a new one.
#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.hpp"
#include "base/output_target.hpp"
#include "md/io/h5md_file.hpp"
#include "md/io/trajectory_formats.hpp"

namespace splicemd::md {

namespace {

// Opens the file at the first frame, when the layout is known.
class H5mdSink : public FrameSink {
 public:
  H5mdSink(const std::string& path, TrajectoryOptions options)
      : path_(file_target(path, "an H5MD file")), options_(std::move(options)) {
    if (options_.append && std::filesystem::exists(path_)) {
      continue_file();
    } else {
      OutputFile(path_, OutputFile::Mode::create).close();  // says now whether it can be written
    }
  }

  std::optional<std::int64_t> last_step() const override { return last_step_; }

  void write(const Frame& frame) override {
    if (!file_) file_ = H5mdFile::create(path_, frame, options_);
    file_->append(frame);
    file_->flush();
  }

 private:
  // Copies the frames up to the resumed step into a new file that takes the old one's place.
  void continue_file() {
    if (std::filesystem::file_size(path_) == 0)
      return;  // its writer had not come to the first frame
    const std::string temporary = temporary_path(path_);
    remove_leftover(temporary);
    try {
      const H5mdFile old = H5mdFile::open(path_);
      hsize_t keep = 0;
      while (keep < old.frames() && old.step(keep) <= options_.resume_step) ++keep;
      if (keep == 0) return;
      for (hsize_t row = 0; row < keep; ++row) {
        const Frame frame = old.read(row);
        if (!file_) file_ = H5mdFile::create(temporary, frame, options_);
        file_->append(frame);
      }
      file_->flush();
      last_step_ = file_->step(keep - 1);
    } catch (const std::exception& error) {
      file_.reset();
      std::filesystem::remove(temporary);
      throw InputError(fmt::format("{}: cannot be continued: {}", path_, error.what()));
    }
    commit_file(temporary, path_);
  }

  std::string path_;
  TrajectoryOptions options_;
  std::optional<H5mdFile> file_;
  std::optional<std::int64_t> last_step_;
};

}  // namespace

std::unique_ptr<FrameSink> make_h5md_sink(const std::string& path,
                                          const TrajectoryOptions& options) {
  require(options.compression >= 0 && options.compression <= 9,
          "the compression level must be 0 to 9, found {}", options.compression);
  return std::make_unique<H5mdSink>(path, options);
}

}  // namespace splicemd::md
