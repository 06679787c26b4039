// Readers of .snapcoeff and .snapparam files: what they accept, and the messages for what they refuse.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.hpp"
#include "snap/coupling.hpp"
#include "snap/parameters.hpp"

namespace splicemd::snap {
namespace {

const std::string kFolder = std::string(SPLICEMD_TEST_TMP) + "/snap_parameters";

std::string write(const std::string& name, const std::string& text) {
  std::filesystem::create_directories(kFolder);
  const std::string path = kFolder + "/" + name;
  std::ofstream(path) << text;
  return path;
}

// 2J = 2 has B(0,0,0), B(1,0,1), B(1,1,2), B(2,0,2), B(2,2,2): five components.
std::string coefficients(int elements, int count) {
  std::string text =
      "# made up\n\n" + std::to_string(elements) + " " + std::to_string(count) + "\n";
  const char* names[] = {"A", "B", "C"};
  for (int e = 0; e < elements; ++e) {
    text += std::string(names[e]) + " 0.5 1.0 # radius weight\n";
    for (int k = 0; k < count; ++k)
      text += " " + std::to_string(0.1 * (k + 1) + e) + "  # B[" + std::to_string(k) + "]\n";
  }
  return text;
}
const std::string kParameters = "rcutfac 4.0\ntwojmax 2\n";

Parameters read(const std::string& coefficient_text, const std::string& parameter_text,
                const std::vector<std::string>& elements = {"A"}) {
  return read_parameters(write("x.snapcoeff", coefficient_text),
                         write("x.snapparam", parameter_text), elements);
}

// The message of the InputError, "" if there is none.
std::string refusal(const std::string& coefficient_text, const std::string& parameter_text,
                    const std::vector<std::string>& elements = {"A"}) {
  try {
    read(coefficient_text, parameter_text, elements);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_refused(const std::string& message, const std::vector<std::string>& parts) {
  EXPECT_FALSE(message.empty());
  for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(SnapParameters, Counts) {
  EXPECT_EQ(bispectrum_count(2), 5);
  EXPECT_EQ(bispectrum_count(6), 30);
  EXPECT_EQ(bispectrum_count(8), 55);
  EXPECT_EQ(bispectrum_count(14), 204);
}

TEST(SnapParameters, DefaultsAndEveryKeyword) {
  const Parameters plain = read(coefficients(1, 6), kParameters);
  EXPECT_DOUBLE_EQ(plain.rfac0, 0.99363);
  EXPECT_TRUE(plain.switchflag && plain.bzeroflag);
  EXPECT_FALSE(plain.quadraticflag || plain.chemflag || plain.bnormflag || plain.wselfallflag ||
               plain.switchinnerflag);
  EXPECT_DOUBLE_EQ(plain.elements[0].beta[5], 0.6);
  EXPECT_DOUBLE_EQ(plain.max_cutoff(), 4.0);

  const Parameters all =
      read(coefficients(2, 41),
           "rcutfac 4.5\ntwojmax 2 # comment\nrfac0 0.9\nrmin0 0.1\nswitchflag 0\nbzeroflag 0\n"
           "chemflag 1\nbnormflag 1\nwselfallflag 1\nswitchinnerflag 1\nsinner 1.0 1.2\n"
           "dinner 0.2 0.3\nchunksize 100\nparallelthresh 50\nquadraticflag 0\n",
           {"B", "A"});
  EXPECT_FALSE(all.switchflag || all.bzeroflag);
  EXPECT_TRUE(all.chemflag && all.bnormflag && all.wselfallflag && all.switchinnerflag);
  EXPECT_EQ(all.chunksize, 100);
  EXPECT_EQ(all.parallelthresh, 50);
  // Coefficients keep the file's order, sinner and dinner follow the user's list.
  EXPECT_EQ(all.elements[0].name, "A");
  EXPECT_DOUBLE_EQ(all.elements[0].sinner, 1.2);
  EXPECT_DOUBLE_EQ(all.elements[1].dinner, 0.2);
}

TEST(SnapParameters, ExtraElementsAreLegalUnlessChem) {
  const Parameters some = read(coefficients(3, 6), kParameters, {"C", "A"});
  ASSERT_EQ(some.elements.size(), 2u);
  EXPECT_EQ(some.elements[0].name, "C");
  EXPECT_DOUBLE_EQ(some.elements[0].beta[0], 2.1);
  expect_refused(refusal(coefficients(2, 41), kParameters + "chemflag 1\n", {"A"}),
                 {"chemflag", "every element"});
}

TEST(SnapParameters, UnknownKeywordNamesTheNearest) {
  expect_refused(refusal(coefficients(1, 6), kParameters + "quadraticfalg 1\n"),
                 {"x.snapparam:3", "quadraticfalg", "did you mean 'quadraticflag'"});
}

TEST(SnapParameters, OnlyTheDiagonalstyleThatIsLeftIsAccepted) {
  const Parameters with = read(coefficients(1, 6), kParameters + "diagonalstyle 3\n");
  EXPECT_EQ(with.twojmax, 2);
  expect_refused(refusal(coefficients(1, 6), kParameters + "diagonalstyle 1\n"),
                 {"x.snapparam:3", "diagonalstyle 1 is not supported", "only form"});
  expect_refused(refusal(coefficients(1, 6), kParameters + "diagonalstyle 4\n"), {"from 0 to 3"});
}

TEST(SnapParameters, RefusesWrongParameters) {
  const std::string good = coefficients(1, 6);
  expect_refused(refusal(good, "twojmax 2\n"), {"rcutfac", "missing"});
  expect_refused(refusal(good, "rcutfac 4\n"), {"twojmax", "missing"});
  expect_refused(refusal(good, kParameters + "twojmax 2\n"), {":3", "twice"});
  expect_refused(refusal(good, "rcutfac -4\ntwojmax 2\n"), {":1", "rcutfac"});
  expect_refused(refusal(good, "rcutfac nan\ntwojmax 2\n"), {":1", "nan"});
  expect_refused(refusal(good, "rcutfac 4\ntwojmax 2.5\n"), {":2", "2.5"});
  expect_refused(refusal(good, "rcutfac 4\ntwojmax 1000\n"), {":2", "1000"});
  expect_refused(refusal(good, kParameters + "bzeroflag 2\n"), {":3", "bzeroflag"});
  expect_refused(refusal(good, kParameters + "rfac0\n"), {":3", "one value"});
  expect_refused(refusal(good, kParameters + "rmin0 9\n"), {"rmin0", "cutoff"});
  expect_refused(refusal(good, kParameters + "chunksize 0\n"), {":3", "chunksize"});
  expect_refused(refusal(good, kParameters + "switchinnerflag 1\n"), {"sinner"});
  expect_refused(refusal(good, kParameters + "sinner 1\n"), {"switchinnerflag"});
  expect_refused(refusal(good, kParameters + "switchinnerflag 1\nsinner 1 2\ndinner 1\n"),
                 {":4", "one value per"});
  expect_refused(refusal(good, kParameters + "switchinnerflag 1\nsinner 1\ndinner 0\n"),
                 {":5", "positive"});
}

TEST(SnapParameters, RefusesWrongCoefficients) {
  expect_refused(refusal(coefficients(1, 7), kParameters),
                 {"x.snapcoeff:3", "7 coefficients", "need 6"});
  expect_refused(refusal(coefficients(1, 6), kParameters + "quadraticflag 1\n"), {"need 21"});
  expect_refused(refusal(coefficients(1, 6), kParameters, {"W"}), {"no element 'W'", "A"});
  expect_refused(refusal("", kParameters), {"number of elements"});
  expect_refused(refusal("0 6\n", kParameters), {":1", "1 to"});
  expect_refused(refusal("1 99999999999\n", kParameters), {":1"});
  expect_refused(refusal("64 16000000\nA 0.5 1\n", kParameters), {":1"});
  expect_refused(refusal("1 6\nA 0.5 1\n1 2 3\n", kParameters), {"ends after 3 of the 6"});
  expect_refused(refusal("1 6\nA 0.5 1\n1 2 3 x 5 6\n", kParameters), {":3", "'x'"});
  expect_refused(refusal("1 6\nA 0.5 1\n1 2 3 inf 5 6\n", kParameters), {":3", "'inf'"});
  expect_refused(refusal("1 6\nA 0 1\n1 2 3 4 5 6\n", kParameters), {":2", "radius"});
  expect_refused(refusal("1 6\nA 0.5 1\n1 2 3 4 5 6 7\n", kParameters), {":3", "'7'"});
  expect_refused(refusal("2 6\nA 0.5 1\n1 2 3 4 5 6\nA 0.5 1\n1 2 3 4 5 6\n", kParameters),
                 {":4", "twice"});
  expect_refused(refusal("2 5\nA 0.5 1\n1 2 3 4 5 6\n", kParameters), {":3", "more than 5"});
}

// Random damage never crashes and never passes silently as other than an InputError or a valid file.
TEST(SnapParameters, SurvivesDamagedFiles) {
  std::mt19937 random(7);
  const std::string good_coefficients = coefficients(2, 6),
                    good_parameters = kParameters + "rmin0 0.0\nbzeroflag 1\n";
  int refused = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::string c = good_coefficients, p = good_parameters;
    std::string& victim = trial % 2 == 0 ? c : p;
    for (unsigned n = 0; n <= random() % 3 && !victim.empty(); ++n) {
      const std::size_t at = random() % victim.size();
      switch (random() % 4) {
        case 0:
          victim[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          victim.erase(at, random() % 20);
          break;
        case 2:
          victim.insert(at, std::to_string(random()));
          break;
        default:
          victim.resize(at + 1);
          break;
      }
    }
    if (!refusal(c, p, {"A", "B"}).empty()) ++refused;
  }
  EXPECT_GT(refused, 100);
}

TEST(Coupling, IsOrthonormal) {
  for (int j1 = 0; j1 <= 8; ++j1) {
    for (int j2 = 0; j2 <= j1; ++j2) {
      for (int j = j1 - j2; j <= j1 + j2; j += 2) {
        for (int other = j1 - j2; other <= j1 + j2; other += 2) {
          const int m = (j1 + j2) % 2;
          double sum = 0.0;
          for (int m1 = -j1; m1 <= j1; m1 += 2)
            sum += coupling(j1, m1, j2, m - m1, j) * coupling(j1, m1, j2, m - m1, other);
          EXPECT_NEAR(sum, j == other ? 1.0 : 0.0, 1e-13);
        }
      }
    }
  }
  // ⟨½ ½, ½ −½ | 1 0⟩ = 1/√2, and the singlet's sign.
  EXPECT_NEAR(coupling(1, 1, 1, -1, 2), std::sqrt(0.5), 1e-15);
  EXPECT_NEAR(coupling(1, 1, 1, -1, 0), std::sqrt(0.5), 1e-15);
  EXPECT_NEAR(coupling(1, -1, 1, 1, 0), -std::sqrt(0.5), 1e-15);
}

TEST(Coupling, LargestCoupled) {
  EXPECT_EQ(largest_coupled(8, 8, 7), 7);
  EXPECT_EQ(largest_coupled(8, 8, 8), 8);
  EXPECT_EQ(largest_coupled(8, 3, 2), 5);
  EXPECT_EQ(largest_coupled(7, 7, 5), 6);
}

}  // namespace
}  // namespace splicemd::snap
