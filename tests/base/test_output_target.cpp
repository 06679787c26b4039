// What a user's output path may lead to: FIFOs, devices, links, stores, folders, names that are too long.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/output_target.hpp"

namespace splicemd {
namespace {

namespace fs = std::filesystem;
using Kind = OutputTarget::Kind;

class OutputTargets : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(SPLICEMD_TEST_TMP) / fmt::format("targets{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string content(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  static std::string refusal(const std::string& name) {
    try {
      replace_file(name, "gone");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(OutputTargets, LinksAreFollowedAndKept) {
  put(path("old"), "old");
  fs::create_directory(path("elsewhere"));
  fs::create_symlink("old", path("link"));
  fs::create_symlink("../link", path("elsewhere/chain"));
  fs::create_symlink("elsewhere/new", path("dangling"));
  replace_file(path("elsewhere/chain"), "new");
  EXPECT_EQ(content(path("old")), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_TRUE(fs::is_symlink(path("elsewhere/chain")));
  replace_file(path("dangling"), "made");
  EXPECT_TRUE(fs::is_symlink(path("dangling")));
  EXPECT_EQ(content(path("elsewhere/new")), "made");
  fs::create_symlink("ring2", path("ring1"));
  fs::create_symlink("ring1", path("ring2"));
  EXPECT_NE(refusal(path("ring1")).find("ring"), std::string::npos);
}

TEST_F(OutputTargets, FifoIsWrittenToAndStays) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  auto reader = std::async(std::launch::async, [&] { return content(path("pipe")); });
  replace_file(path("pipe"), "through the pipe");
  EXPECT_EQ(reader.get(), "through the pipe");
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
  EXPECT_FALSE(fs::exists(temporary_path(path("pipe"))));
  EXPECT_THROW(file_target(path("pipe"), "a checkpoint"), InputError);
  EXPECT_THROW(commit_file(path("pipe"), path("pipe")), RunError);
}

TEST_F(OutputTargets, DeviceIsWrittenToAndStays) {
  // The same device as /dev/null under another name: nothing here names the machine's own.
  if (::mknod(path("null").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0)
    GTEST_SKIP() << "devices cannot be made here";
  std::FILE* probe = std::fopen(path("null").c_str(), "w");
  if (probe == nullptr) GTEST_SKIP() << "devices cannot be opened here";
  std::fclose(probe);
  replace_file(path("null"), "nowhere");
  EXPECT_TRUE(fs::is_character_file(path("null")));
  OutputFile(path("null"), OutputFile::Mode::create).write("nowhere");
  fs::create_symlink("null", path("link"));
  replace_file(path("link"), "nowhere");
  EXPECT_TRUE(fs::is_character_file(path("link")));
  EXPECT_TRUE(fs::is_symlink(path("link")));
}

TEST_F(OutputTargets, NothingInsideAStoreIsAnOutput) {
  fs::create_directories(path("store/shards"));
  put(path("store/ledger.sqlite"), "ledger");
  put(path("store/shards/000001.h5"), "shard");
  fs::create_symlink("store/ledger.sqlite", path("link"));
  fs::create_symlink("store/shards", path("folder"));
  for (const char* name : {"store/ledger.sqlite", "store/ledger.sqlite-wal", "store/new.html",
                           "store/shards/000001.h5", "link", "folder/000001.h5", "folder/new"}) {
    EXPECT_NE(refusal(path(name)).find("lies in the store"), std::string::npos) << name;
    EXPECT_THROW(OutputFile(path(name), OutputFile::Mode::append), InputError) << name;
  }
  fs::remove(path("store/ledger.sqlite"));  // lost; what is left is still a store
  EXPECT_NE(refusal(path("store/x")).find("lies in the store"), std::string::npos);
  EXPECT_EQ(content(path("store/shards/000001.h5")), "shard");
}

TEST_F(OutputTargets, FoldersAndLongNamesAreRefusedInWords) {
  EXPECT_NE(refusal(path("")).find("is a folder"), std::string::npos);
  EXPECT_NE(refusal(path(std::string(300, 'x'))).find("a name of 300 characters"),
            std::string::npos);
  std::string deep = path("");
  while (deep.size() < 5000) deep += "aaaaaaaaaaaaaaaaaaa/";
  EXPECT_NE(refusal(deep).find("a path of"), std::string::npos);
  EXPECT_LT(refusal(deep).size(), 250U);
  EXPECT_THROW(require_writable_target(path("absent/x")), InputError);
}

TEST_F(OutputTargets, PermissionsAreKeptAndLeftoversNotFollowed) {
  put(path("private"), "old");
  fs::permissions(path("private"), fs::perms::owner_read | fs::perms::owner_write);
  put(path("victim"), "untouched");
  fs::create_symlink("victim", temporary_path(path("private")));
  replace_file(path("private"), "new");
  EXPECT_EQ(content(path("private")), "new");
  EXPECT_EQ(content(path("victim")), "untouched");
  EXPECT_EQ(fs::status(path("private")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(OutputTargets, AbandonedReplacementLeavesTheOldFile) {
  put(path("file"), "old");
  { ReplacementFile(path("file")).write("half"); }
  EXPECT_EQ(content(path("file")), "old");
  EXPECT_FALSE(fs::exists(temporary_path(path("file"))));
}

TEST_F(OutputTargets, StandardOutputHasItsNames) {
  EXPECT_EQ(output_target("-").kind, Kind::standard_output);
  EXPECT_NE(output_target("/dev/stdout").kind, Kind::file);
  EXPECT_EQ(output_target(path("file")).kind, Kind::file);
}

}  // namespace
}  // namespace splicemd
