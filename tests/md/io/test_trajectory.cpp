// Trajectory files: the same bytes on any number of ranks, continuation after a restart or a crash, errors.
// The files are read back by ASE, h5py and MDAnalysis in read_trajectories.py.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "io_test_support.hpp"
#include "md/io/extxyz.hpp"
#include "trajectory_samples.hpp"

namespace splicemd::md {
namespace {

using testing::contains;
using testing::everything;
using testing::input_error;
using testing::read_all;
using testing::sample_frame;
using testing::scratch;
using testing::write_all;

const char* suffix(const std::string& format) {
  return format == "h5md" ? "h5md" : format == "dump" ? "dump" : "extxyz";
}

std::string file_of(const Communicator& comm, const std::string& name, const std::string& format) {
  return scratch(fmt::format("{}_{}.{}", name, comm.size(), suffix(format)));
}

void write_steps(const std::string& format, const std::string& path, const Communicator& comm,
                 std::initializer_list<std::int64_t> steps, const TrajectoryOptions& options,
                 bool rotated = false) {
  const auto writer = make_trajectory_writer(format, path, options, comm);
  for (const std::int64_t step : steps) writer->write(sample_frame(comm, step, rotated), comm);
}

// HDF5 notes the second in which a file was made: files that shall be equal are made early in one.
class Trajectory : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    using namespace std::chrono;
    const auto now = system_clock::now();
    if (now - floor<seconds>(now) > milliseconds(200)) {
      std::this_thread::sleep_until(ceil<seconds>(now));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Formats, Trajectory, ::testing::ValuesIn(trajectory_formats()),
                         [](const auto& suite) { return suite.param; });

TEST_P(Trajectory, DoesNotDependOnTheNumberOfRanks) {
  const Communicator world;
  const std::string together = file_of(world, "together", GetParam());
  const std::string alone = file_of(world, "alone", GetParam());
  write_steps(GetParam(), together, world, {0, 10}, everything());
  const Communicator self = world.split(world.rank(), 0);
  if (world.is_root()) {
    write_steps(GetParam(), alone, self, {0, 10}, everything());
    EXPECT_EQ(read_all(together), read_all(alone));
  }
}

// Resuming at step 20 must leave what an uninterrupted run would have written.
TEST_P(Trajectory, ContinuesAfterTheResumedStep) {
  const Communicator world;
  const std::string whole = file_of(world, "whole", GetParam());
  const std::string resumed = file_of(world, "resumed", GetParam());
  write_steps(GetParam(), whole, world, {0, 10, 20, 30, 40}, everything());
  write_steps(GetParam(), resumed, world, {0, 10, 20, 30}, everything());
  TrajectoryOptions options = everything();
  options.append = true;
  options.resume_step = 20;
  write_steps(GetParam(), resumed, world, {20, 30, 40}, options);
  if (!world.is_root()) return;
  if (GetParam() == "h5md") {
    // The bytes differ where HDF5 records its own history; read_trajectories.py compares the arrays.
    EXPECT_GT(std::filesystem::file_size(resumed), 0u);
  } else {
    EXPECT_EQ(read_all(whole), read_all(resumed));
  }
}

TEST_P(Trajectory, AppendingToNothingCreatesTheFile) {
  const Communicator world;
  const std::string path = file_of(world, "fresh", GetParam());
  if (world.is_root()) std::filesystem::remove(path);
  TrajectoryOptions options = everything();
  options.append = true;
  options.resume_step = 5;
  write_steps(GetParam(), path, world, {10}, options);
  EXPECT_GT(std::filesystem::file_size(path), 0u);
}

TEST_P(Trajectory, SurvivesAKilledWriter) {
  const Communicator world;
  if (world.size() > 1) GTEST_SKIP() << "forks, so it runs on one rank";
  const std::string path = file_of(world, "killed", GetParam());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto writer = make_trajectory_writer(GetParam(), path, everything(), world);
    for (const std::int64_t step : {0, 10, 20, 30}) writer->write(sample_frame(world, step), world);
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  TrajectoryOptions options = everything();
  options.append = true;
  options.resume_step = 20;
  write_steps(GetParam(), path, world, {30, 40}, options);
  const std::string whole = file_of(world, "unkilled", GetParam());
  write_steps(GetParam(), whole, world, {0, 10, 20, 30, 40}, everything());
  if (GetParam() != "h5md") {
    EXPECT_EQ(read_all(whole), read_all(path));
  }
}

TEST_P(Trajectory, RefusesToContinueAnotherFile) {
  const Communicator world;
  const std::string path = file_of(world, "foreign", GetParam());
  if (world.is_root()) write_all(path, "this is not\na trajectory\n");
  world.barrier();
  TrajectoryOptions options = everything();
  options.append = true;
  const std::string message =
      input_error([&] { make_trajectory_writer(GetParam(), path, options, world); });
  EXPECT_TRUE(contains(message, "cannot be continued"));
  world.barrier();
  if (world.is_root()) {
    EXPECT_EQ(read_all(path), "this is not\na trajectory\n");
  }
}

TEST_P(Trajectory, ErrorsReachEveryRank) {
  const Communicator world;
  EXPECT_THROW(make_trajectory_writer(GetParam(), "/no/such/folder/t", everything(), world),
               RunError);
  const auto writer = make_trajectory_writer(GetParam(), file_of(world, "lacking", GetParam()),
                                             everything(), world);
  Frame frame = sample_frame(world, 0);
  frame.f.clear();
  EXPECT_THROW(writer->write(frame, world), RunError);
}

// Whatever has happened to a file, continuing it works or is refused with an InputError.
TEST_P(Trajectory, DamagedFilesAreContinuedOrRefused) {
  const Communicator world;
  if (world.size() > 1) GTEST_SKIP() << "needs one rank only";
  const std::string path = file_of(world, "damaged", GetParam());
  write_steps(GetParam(), path, world, {0, 10}, everything());
  const std::string whole = read_all(path);
  TrajectoryOptions options = everything();
  options.append = true;
  options.resume_step = 10;
  std::mt19937_64 random(3);
  int refused = 0;
  for (int n = 0; n < 150; ++n) {
    std::string damaged = whole;
    for (std::size_t k = 0; k < 1 + random() % 4; ++k) {
      const std::size_t at = random() % damaged.size();
      if (random() % 5 == 0)
        damaged.resize(at + 1);
      else
        damaged[at] = static_cast<char>(random() & 0xff);
    }
    write_all(path, damaged);
    try {
      write_steps(GetParam(), path, world, {20}, options);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 150);
}

TEST(TrajectoryText, HalfAFrameIsDropped) {
  const Communicator world;
  if (world.size() > 1) GTEST_SKIP() << "needs one rank only";
  for (const std::string format : {"dump", "extxyz"}) {
    const std::string path = file_of(world, "half", format);
    write_steps(format, path, world, {0, 10}, everything());
    const std::string two = read_all(path);
    write_steps(format, path, world, {0}, everything());
    const std::string one = read_all(path);
    TrajectoryOptions options = everything();
    options.append = true;
    options.resume_step = 1000;
    for (std::size_t keep = one.size(); keep < two.size(); keep += 37) {
      write_all(path, two.substr(0, keep));
      write_steps(format, path, world, {10}, options);
      ASSERT_EQ(read_all(path), two) << format << " cut at " << keep;
    }
  }
}

TEST(TrajectoryText, DumpBoundsFollowTheConvention) {
  const Communicator world;
  const std::string path = file_of(world, "bounds", "dump");
  TrajectoryOptions options;
  options.velocities = options.images = false;
  write_steps("dump", path, world, {0}, options);
  // lo = (1, 2, -3), lengths (7, 8, 9), xy = 1.5, xz = -0.5, yz = 2.
  EXPECT_TRUE(contains(read_all(path),
                       "ITEM: BOX BOUNDS xy xz yz pp pp ff\n0.5 9.5 1.5\n2 12 -0.5\n-3 6 2\n"
                       "ITEM: ATOMS id type element x y z\n1 2 Al "));
}

TEST(TrajectoryText, OurReaderReadsTheVelocitiesBack) {
  const Communicator world;
  const std::string path = file_of(world, "back", "extxyz");
  write_steps("extxyz", path, world, {0, 10}, everything(), true);
  const Frame whole = gather_frame(sample_frame(world, 10, true), world);
  if (!world.is_root()) return;
  const Configuration c = read_extxyz(path);
  ASSERT_EQ(c.atoms.size(), whole.size());
  EXPECT_FALSE(c.box.periodic[2]);
  EXPECT_EQ(c.box.origin[2], -3.0);
  EXPECT_EQ(c.box.h[0][1], whole.box.h[0][1]);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(c.atoms[i].id, whole.id[i]);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(c.atoms[i].x[k], whole.x[i][k]);
      EXPECT_EQ(c.atoms[i].image[k], whole.image[i][k]);
      EXPECT_NEAR(c.atoms[i].v[k], whole.v[i][k], 1e-14);
    }
  }
}

TEST(TrajectoryFormats, NamesAndSuffixes) {
  const Communicator world;
  EXPECT_EQ(trajectory_format_of("a/b.h5md"), "h5md");
  EXPECT_EQ(trajectory_format_of("w.xyz"), "extxyz");
  EXPECT_EQ(trajectory_format_of("w.lammpstrj"), "dump");
  EXPECT_EQ(trajectory_format_of("w.txt"), "");
  const std::string message =
      input_error([&] { make_trajectory_writer("h5mb", "x", everything(), world); });
  EXPECT_TRUE(contains(message, "did you mean 'h5md'?"));
}

// What read_trajectories.py reads; the numbers it expects are written beside the files.
TEST(TrajectorySamples, Write) {
  const Communicator world;
  if (world.size() > 1) GTEST_SKIP() << "one set of samples is enough";
  TrajectoryOptions packed = everything();
  packed.compression = 4;
  packed.single_precision = true;
  for (const std::string& format : trajectory_formats()) {
    const std::string path = scratch(fmt::format("sample.{}", suffix(format)));
    write_steps(format, path, world, {0, 10, 20}, everything(), true);
  }
  write_steps("h5md", scratch("packed.h5md"), world, {0, 10, 20}, packed);
  std::string json = "[";
  for (const std::int64_t step : {0, 10, 20}) {
    const Frame frame = gather_frame(sample_frame(world, step, true), world);
    json += fmt::format("{}{{\"step\":{},\"time\":{},\"energy\":{},\"volume\":{},",
                        step == 0 ? "" : ",", step, frame.time, frame.potential_energy,
                        frame.box.volume());
    const auto rows = [&](const char* name, const auto& vectors) {
      json += fmt::format("\"{}\":[", name);
      for (std::size_t i = 0; i < vectors.size(); ++i) {
        json += fmt::format("{}[{}]", i == 0 ? "" : ",", fmt::join(vectors[i], ","));
      }
      json += "],";
    };
    const std::vector<std::array<double, 3>> cell = {
        {frame.box.h[0][0], frame.box.h[0][1], frame.box.h[0][2]},
        {frame.box.h[1][0], frame.box.h[1][1], frame.box.h[1][2]},
        {frame.box.h[2][0], frame.box.h[2][1], frame.box.h[2][2]}};
    rows("cell", cell);
    rows("x", frame.x);
    rows("v", frame.v);
    rows("f", frame.f);
    rows("image", frame.image);
    json += fmt::format("\"virial\":[{}],\"type\":[{}]}}", fmt::join(frame.virial, ","),
                        fmt::join(frame.type, ","));
  }
  write_all(scratch("expected.json"), json + "]");
}

}  // namespace
}  // namespace splicemd::md
