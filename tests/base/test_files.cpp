// Durable files and HDF5 helpers: replacement, generations, checked writes, round trips, clear errors.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/checksum.hpp"
#include "base/files.hpp"
#include "base/hdf5.hpp"

namespace splicemd {
namespace {

std::string scratch(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(SPLICEMD_TEST_TMP) / "files";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Files, ReplacementKeepsGenerations) {
  const std::string path = scratch("generations.txt");
  for (int n = 0; n < 4; ++n) std::filesystem::remove(generation_path(path, n));
  for (const char* text : {"one", "two", "three", "four"}) replace_file(path, text, 2);
  EXPECT_EQ(content(path), "four");
  EXPECT_EQ(content(generation_path(path, 1)), "three");
  EXPECT_EQ(content(generation_path(path, 2)), "two");
  EXPECT_FALSE(std::filesystem::exists(generation_path(path, 3)));
  EXPECT_FALSE(std::filesystem::exists(temporary_path(path)));
  replace_file(path, "five");
  EXPECT_EQ(content(path), "five");
  EXPECT_EQ(content(generation_path(path, 1)), "three");
}

TEST(Files, DirectoryOf) {
  EXPECT_EQ(directory_of("a"), ".");
  EXPECT_EQ(directory_of("/a"), "/");
  EXPECT_EQ(directory_of("x/y/z"), "x/y");
}

TEST(Files, OutputAppendsTruncatesAndReportsErrors) {
  const std::string path = scratch("output.txt");
  {
    OutputFile file(path, OutputFile::Mode::create);
    file.write("0123456789");
    file.sync();
    EXPECT_EQ(content(path), "0123456789");
  }
  truncate_file(path, 4);
  truncate_file(path, 100);  // never longer
  OutputFile(path, OutputFile::Mode::append).write("abc");
  EXPECT_EQ(content(path), "0123abc");
  EXPECT_THROW(OutputFile("/no/such/folder/x", OutputFile::Mode::create), RunError);
  OutputFile full("/dev/full", OutputFile::Mode::append);
  full.write("does not fit");
  EXPECT_THROW(full.flush(), RunError);
  EXPECT_THROW(check_space(scratch("huge"), std::size_t{1} << 60), RunError);
  EXPECT_FALSE(std::filesystem::exists(scratch("huge")));
}

TEST(Checksum, RowsAddUpHoweverTheyAreSplit) {
  std::vector<double> rows(300);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = 1.0 / static_cast<double>(i + 1);
  const std::uint64_t whole = row_checksum(rows.data(), 100, 24, 0);
  EXPECT_EQ(whole,
            row_checksum(rows.data(), 37, 24, 0) + row_checksum(rows.data() + 111, 63, 24, 37));
  std::swap(rows[0], rows[3]);  // rows exchanged, not lost: noticed as well
  EXPECT_NE(whole, row_checksum(rows.data(), 100, 24, 0));
}

TEST(Hdf5, RoundTrips) {
  const std::string path = scratch("round.h5");
  {
    const h5::Handle file = h5::create_file(path);
    const h5::Handle group = h5::create_group(file, "g");
    h5::write(group, "a", std::vector<double>{1.5, -2.5});
    h5::write(group, "empty", std::vector<std::int64_t>{});
    const int table[2][3] = {{1, 2, 3}, {4, 5, 6}};
    h5::write(group, "table", {2, 3}, &table[0][0]);
    h5::write_scalar(group, "one", std::uint64_t{1} << 63);
    h5::write_string(group, "text", "Å and eV");
    h5::write_attribute(group, "label", "fixed");
    h5::write_attribute(group, "names", std::vector<std::string>{"W", "longer"});
    h5::write_attribute(group, "n", 7);
  }
  const h5::Handle file = h5::open_file(path);
  const h5::Handle group = h5::open_group(file, "g");
  EXPECT_EQ(h5::read<double>(group, "a"), (std::vector<double>{1.5, -2.5}));
  EXPECT_TRUE(h5::read<std::int64_t>(group, "empty").empty());
  std::vector<hsize_t> dims;
  EXPECT_EQ(h5::read<int>(group, "table", 6, &dims)[5], 6);
  EXPECT_EQ(dims, (std::vector<hsize_t>{2, 3}));
  EXPECT_EQ(h5::read_scalar<std::uint64_t>(group, "one"), std::uint64_t{1} << 63);
  EXPECT_EQ(h5::read_string(group, "text"), "Å and eV");
  EXPECT_EQ(h5::read_text_attribute(group, "label"), "fixed");
  EXPECT_EQ(h5::read_texts_attribute(group, "names"), (std::vector<std::string>{"W", "longer"}));
  EXPECT_EQ(h5::read_attribute<int>(group, "n"), 7);
  EXPECT_EQ(h5::children(group).size(), 5u);
}

TEST(Hdf5, ErrorsAreOneLineAndCapsHold) {
  const std::string path = scratch("caps.h5");
  const h5::Handle file = h5::create_file(path);
  h5::write(file, "a", std::vector<double>(10, 1.0));
  EXPECT_THROW(h5::read<double>(file, "a", 9), RunError);
  EXPECT_THROW(h5::read_scalar<double>(file, "a"), RunError);
  EXPECT_THROW(h5::read_string(file, "a"), RunError);
  try {
    h5::open_dataset(file, "missing");
    FAIL() << "nothing was thrown";
  } catch (const RunError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("open dataset missing"), std::string::npos);
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_THROW(h5::open_file(scratch("absent.h5")), RunError);
  EXPECT_FALSE(h5::exists(file, "missing"));
  EXPECT_EQ(h5::element_count({std::uint64_t{1} << 40, 0}, 10), 0u);
  EXPECT_THROW(
      h5::element_count({std::uint64_t{1} << 40, std::uint64_t{1} << 40}, std::uint64_t{1} << 50),
      RunError);
}

}  // namespace
}  // namespace splicemd
