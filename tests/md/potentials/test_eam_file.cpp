// EAM potential files: what is read, what is refused with which message, and a bounded run of mutated
// files that must never do anything but parse or be refused.
#include "md/potentials/eam_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "base/error.hpp"

namespace splicemd::md {
namespace {

namespace fs = std::filesystem;

class EamFiles : public testing::Test {
 protected:
  // Each rank and each test has its own file.
  EamFiles() : path_((fs::path(SPLICEMD_TEST_TMP) / fmt::format("eam_{}.txt", getpid())).string()) {
    fs::create_directories(SPLICEMD_TEST_TMP);
  }
  ~EamFiles() override { fs::remove(path_); }

  const std::string& written(const std::string& text) const {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  std::string message(const std::function<void()>& action) const {
    try {
      action();
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
  std::string setfl_message(const std::string& text) const {
    written(text);
    return message([&] { read_setfl(path_); });
  }

  std::string path_;
};

std::string column(int n, double first, double step) {
  std::string text;
  for (int k = 0; k < n; ++k)
    text += fmt::format("{:.6e}{}", first + step * k, k % 5 == 4 ? "\n" : " ");
  return text + "\n";
}

const std::string kHead = "comment\nanother one\n### third\n";

// Two elements, five knots; F starts at 1 or 11, ρ at 2 or 12, r·φ at 21, 22, 23.
std::string setfl() {
  return kHead + "2 Aa Bb\n5 0.1 6 0.5 2.5\n1 10.0 3.5 fcc\n" + column(5, 1, 0.1) +
         column(6, 2, 0.1) + "2 20.0 4.5 bcc  # a remark\n" + column(5, 11, 0.1) +
         column(6, 12, 0.1) + column(6, 21, 0.1) + column(6, 22, 0.1) + column(6, 23, 0.1);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(EamFiles, SetflIsRead) {
  const EamFile file = read_setfl(written(setfl()));
  EXPECT_EQ(file.elements, (std::vector<std::string>{"Aa", "Bb"}));
  EXPECT_EQ(file.drho, 0.1);
  EXPECT_EQ(file.dr, 0.5);
  EXPECT_EQ(file.cutoff, 2.5);
  EXPECT_EQ(file.mass, (std::vector<double>{10.0, 20.0}));
  ASSERT_EQ(file.embedding[1].size(), 5U);
  EXPECT_EQ(file.embedding[1][0], 11.0);
  ASSERT_EQ(file.density[0].size(), 1U);
  EXPECT_EQ(file.density[1][0][5], 12.5);
  ASSERT_EQ(file.r_phi.size(), 3U);
  EXPECT_EQ(file.r_phi[1][0], 22.0);
  EXPECT_EQ(file.index_of("Bb"), 1);
  EXPECT_EQ(file.index_of("Cc"), -1);
}

TEST_F(EamFiles, FinnisSinclairHasADensityForEachPair) {
  const std::string text =
      kHead + "2 Aa Bb\n5 0.1 6 0.5 2.5\n1 10.0 3.5 fcc\n" + column(5, 1, 0.1) + column(6, 2, 0.1) +
      column(6, 3, 0.1) + "2 20.0 4.5 bcc\n" + column(5, 11, 0.1) + column(6, 12, 0.1) +
      column(6, 13, 0.1) + column(6, 21, 0.1) + column(6, 22, 0.1) + column(6, 23, 0.1);
  const EamFile file = read_finnis_sinclair(written(text));
  EXPECT_EQ(file.density[0][1][0], 3.0);
  EXPECT_EQ(file.density[1][0][0], 12.0);
  EXPECT_EQ(file.r_phi[2][5], 23.5);
}

TEST_F(EamFiles, FuncflWithFortranExponents) {
  const std::string text =
      "comment\n29 6.355D+01 3.615 FCC\n5 1.0d-1 6 5.0D-1 2.5\n1 2 3 4 5\n1 1 1 1 1 1\n" +
      std::string("6.0D0 5.0D0 4.0D0 3.0D0 2.0D0 1.0D0\n");
  const FuncflFile file = read_funcfl(written(text));
  EXPECT_EQ(file.mass, 63.55);
  EXPECT_EQ(file.drho, 0.1);
  EXPECT_EQ(file.density, (std::vector<double>{6, 5, 4, 3, 2, 1}));
}

TEST_F(EamFiles, MessagesSayWhatAndWhere) {
  const std::string good = setfl();
  EXPECT_EQ(setfl_message(good), "no error");
  const auto expect = [&](const std::string& text, const std::string& part) {
    const std::string message = setfl_message(text);
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks\n" << part;
    EXPECT_EQ(message.rfind(path_, 0), 0U) << message;
  };
  expect(replaced(good, "2 Aa Bb", "3 Aa Bb"), ":4: 3 elements are announced, 2 are named");
  expect(replaced(good, "2 Aa Bb", "2 Aa Aa"), ":4: element 'Aa' is named twice");
  expect(replaced(good, "2 Aa Bb", "two Aa Bb"), ":4: expected the number of elements");
  expect(replaced(good, "5 0.1 6", "5 0 6"), ":5: drho must be positive");
  expect(replaced(good, "5 0.1 6", "5 0.1 2"), ":5: Nr must be between");
  expect(replaced(good, "5 0.1 6", "5 0.1 9000000000000"), ":5: Nr must be between");
  expect(replaced(good, "5 0.1 6", "5 0.1 6.5"), ":5: expected Nr");
  expect(replaced(good, "0.5 2.5", "0.5 99"),
         ":5: the cutoff 99 Å lies far beyond the tables, which end at 3 Å");
  expect(replaced(good, "6 0.5 2.5", "6 0.5"), ":5: the cutoff is missing");
  expect(replaced(good, "1.100000e+00", "nan"),
         ":7: expected F(rho) of Aa (a finite number), found 'nan'");
  expect(replaced(good, "2.100000e+00", "inf"), "expected rho(r) of Aa");
  expect(replaced(good, "1 10.0 3.5 fcc\n", ""), "expected");
  expect(good.substr(0, good.size() / 2), "the file ends");
  expect("", "the file ends where the number and names of the elements was expected");
  expect(std::string("a\n\0b", 4), "is NUL");
  EXPECT_NE(message([] { read_setfl("/nowhere/x.eam"); }).find("no such file"), std::string::npos);
}

// What a call writes to stderr.
std::string warnings_of(const std::function<void()>& action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

// Every table of the file, one after another.
std::vector<double> all_values(const EamFile& file) {
  std::vector<double> all;
  const auto add = [&](const std::vector<double>& table) {
    all.insert(all.end(), table.begin(), table.end());
  };
  for (const auto& table : file.embedding) add(table);
  for (const auto& donor : file.density) {
    for (const auto& table : donor) add(table);
  }
  for (const auto& table : file.r_phi) add(table);
  return all;
}

// `text` with a value more on the line that ends each table; tables are of 5 or 6 values, 5 on a line.
std::string with_extra_values(const std::string& text) {
  std::string result;
  std::size_t numbers = 0;
  for (const std::string last : {"1.400000e+00\n", "2.500000e+00 \n", "1.140000e+01\n",
                                 "1.250000e+01 \n", "2.150000e+01 \n", "2.250000e+01 \n"}) {
    const auto at = text.find(last, numbers);
    EXPECT_NE(at, std::string::npos) << last;
    result += text.substr(numbers, at - numbers) + last.substr(0, last.size() - 1) + " 7\n";
    numbers = at + last.size();
  }
  return result + text.substr(numbers);
}

TEST_F(EamFiles, ValuesAfterATablesLastAreIgnoredWithOneWarning) {
  const EamFile clean = read_setfl(written(setfl()));
  EamFile file;
  const std::string warnings =
      warnings_of([&] { file = read_setfl(written(with_extra_values(setfl()))); });
  EXPECT_EQ(all_values(file), all_values(clean));
  EXPECT_EQ(warnings,
            "warning: " + path_ +
                ":7: '7' after the last of the 5 values of F(rho) of Aa is ignored, "
                "and so on for 6 tables (a table starts on a new line, as LAMMPS reads it)\n");
}

TEST_F(EamFiles, FuncflAndFinnisSinclairTablesStartOnANewLineToo) {
  const FuncflFile funcfl = read_funcfl(
      written("comment\n29 63.55 3.615 FCC\n5 0.1 6 0.5 2.5\n1 2 3 4 5 77\n1 1 1\n1 1 1 77 78\n"
              "6 5 4 3 2 1\n"));
  EXPECT_EQ(funcfl.charge, std::vector<double>(6, 1.0));
  EXPECT_EQ(funcfl.density, (std::vector<double>{6, 5, 4, 3, 2, 1}));
  const EamFile fs = read_finnis_sinclair(
      written(kHead + "1 Aa\n5 0.1 6 0.5 2.5\n1 10.0 3.5 fcc\n1 2 3 4 5 77\n6 5 4 3 2 1 77\n" +
              "7 7 7 7 7 8\n"));
  EXPECT_EQ(fs.embedding[0], (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(fs.density[0][0], (std::vector<double>{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(fs.r_phi[0].back(), 8.0);
}

TEST_F(EamFiles, TablesThatRunIntoEachOtherAreRefusedWithTheReason) {
  std::string text = kHead + "1 Aa\n5 0.1 6 0.5 2.5\n1 10.0 3.5 fcc\n";
  for (int k = 0; k < 17; ++k) text += k % 4 == 3 ? "1\n" : "1 ";
  const std::string message = setfl_message(text);
  EXPECT_NE(message.find("the file ends after"), std::string::npos) << message;
  EXPECT_NE(message.find("after the last of the 5 values of F(rho) of Aa is ignored"),
            std::string::npos)
      << message;
}

TEST_F(EamFiles, NumbersAfterTheLastTableAreNamed) {
  const std::string warnings = warnings_of([&] { read_setfl(written(setfl() + "\n1 2 3\n")); });
  EXPECT_NE(warnings.find("numbers after the last table are ignored"), std::string::npos)
      << warnings;
  EXPECT_EQ(warnings_of([&] { read_setfl(written(setfl() + "\nmade by hand\n")); }), "");
}

TEST_F(EamFiles, CutoffBeyondTheTablesIsReadWithAWarning) {
  EamFile file;
  const std::string warnings =
      warnings_of([&] { file = read_setfl(written(replaced(setfl(), "0.5 2.5", "0.5 3.7"))); });
  EXPECT_EQ(file.cutoff, 3.7);
  EXPECT_NE(warnings.find(":5: the cutoff 3.7 Å lies beyond the tables, which end at 3 Å"),
            std::string::npos)
      << warnings;
}

TEST_F(EamFiles, CombiningFilesOfOneGridKeepsTheirValues) {
  FuncflFile a;
  a.path = "a";
  a.drho = 0.1, a.dr = 0.5, a.cutoff = 3.0, a.mass = 1.0;
  for (int k = 0; k < 8; ++k) {
    a.embedding.push_back(std::sin(k));
    a.charge.push_back(8.0 - k);
    a.density.push_back(std::exp(-k));
  }
  FuncflFile b = a;
  b.charge.assign(8, 2.0);
  const EamFile both = combine_funcfl({a, b}, {"A", "B"});
  ASSERT_GE(both.embedding[0].size(), 7U);
  for (std::size_t k = 0; k < 7; ++k) {
    EXPECT_NEAR(both.embedding[0][k], a.embedding[k], 1e-14);
    EXPECT_NEAR(both.density[1][0][k], b.density[k], 1e-14);
    EXPECT_NEAR(both.r_phi[1][k], 27.2 * 0.529 * 2.0 * a.charge[k], 1e-12);
  }
}

TEST_F(EamFiles, CombiningIsExactForCubicsOnDifferentGrids) {
  const auto file = [](double dr, int n) {
    FuncflFile f;
    f.drho = f.dr = dr, f.cutoff = 2.0, f.mass = 1.0;
    for (int k = 0; k < n; ++k) {
      const double x = dr * k;
      f.embedding.push_back(1.0 - x + 2.0 * x * x - 0.3 * x * x * x);
    }
    f.density = f.charge = f.embedding;
    return f;
  };
  const EamFile both = combine_funcfl({file(0.1, 31), file(0.17, 20)}, {"A", "B"});
  EXPECT_EQ(both.dr, 0.17);
  for (std::size_t k = 0; k < 18; ++k) {  // up to 3 Å, where the shorter file ends
    EXPECT_NEAR(both.density[0][0][k], both.density[1][0][k], 1e-12) << k;
  }
}

// A generator of damaged files: bytes changed, lines dropped, doubled or swapped, tails cut.
std::string mutate(std::string text, std::mt19937& random) {
  const auto at = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  static const char* const words[] = {
      "nan", "-1", "1e999", "99999999999999999999", "0", "#", "\n", "\t", "1D5", "\xff", ""};
  for (std::size_t k = 0; k <= at(4) && !text.empty(); ++k) {
    const std::size_t where = at(text.size());
    switch (at(5)) {
      case 0:
        text[where] = static_cast<char>(at(256));
        break;
      case 1:
        text.resize(where);
        break;
      case 2:
        text.insert(where, words[at(std::size(words))]);
        break;
      case 3:
        text.erase(where, at(40) + 1);
        break;
      default:
        text.insert(where, text.substr(at(text.size()), at(60) + 1));
    }
  }
  return text;
}

TEST_F(EamFiles, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(20240611);
  const std::string seed = setfl();
  int read = 0, refused = 0;
  for (int k = 0; k < 1000; ++k) {
    written(mutate(seed, random));
    for (const auto& reader : {read_setfl, read_finnis_sinclair}) {
      try {
        const EamFile file = reader(path_);
        ++read;
        for (const auto& table : file.embedding) {
          for (const double value : table) ASSERT_TRUE(std::isfinite(value));
        }
      } catch (const InputError& error) {
        ++refused;
        ASSERT_EQ(std::string(error.what()).rfind(path_, 0), 0U) << error.what();
      }
    }
    try {
      read_funcfl(path_);
    } catch (const InputError&) {
    }
  }
  EXPECT_GT(read, 30);
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace splicemd::md
