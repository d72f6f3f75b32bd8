#include "import/landmarks.h"

#include <string>
#include <vector>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TempFolder;

// 110 lines, of which those that matter make the square [20, 30, 60, 70).
std::vector<std::string> Lines() {
  std::vector<std::string> lines(kLandmarks, "50 50");
  lines[1] = "20 41";
  lines[31] = "60 42";
  lines[52] = "40 30";
  return lines;
}

std::string Join(const std::vector<std::string>& lines, const std::string& end = "\n") {
  std::string text;
  for (const std::string& line : lines) text += line + end;
  return text;
}

class Landmarks : public ::testing::Test {
 protected:
  Rect Read(const std::string& text, int width = 100, int height = 80) {
    return ReadFaceSquare(folder_.Write("7.lms", text), width, height);
  }
  void ExpectRefused(const std::string& text, std::initializer_list<std::string> parts) {
    ExpectError(ErrorCode::kBadMedia, {"7.lms"}, [&] { Read(text); });
    ExpectError(ErrorCode::kBadMedia, parts, [&] { Read(text); });
  }

  const TempFolder folder_;
};

TEST_F(Landmarks, BoundASquare) { EXPECT_EQ(Read(Join(Lines())), (Rect{20, 30, 60, 70})); }

TEST_F(Landmarks, AreTruncatedToWholePixels) {
  auto lines = Lines();
  lines[1] = "20.99 41.5";
  lines[31] = "6.05e1 42";
  lines[52] = "-0.7 30.999";
  EXPECT_EQ(Read(Join(lines)), (Rect{20, 30, 60, 70}));
}

TEST_F(Landmarks, MayEndTheirLinesInOtherWays) {
  EXPECT_EQ(Read(Join(Lines(), "\r\n")), (Rect{20, 30, 60, 70}));
  EXPECT_EQ(Read(Join(Lines(), " \n") + "\n\n"), (Rect{20, 30, 60, 70}));
  std::string text = Join(Lines());
  text.pop_back();
  EXPECT_EQ(Read(text), (Rect{20, 30, 60, 70}));
}

TEST_F(Landmarks, OfAnotherNumberAreRefused) {
  auto lines = Lines();
  lines.pop_back();
  ExpectRefused(Join(lines), {"expected 110 lines, found 109"});
  lines.insert(lines.end(), 3, "1 1");
  ExpectRefused(Join(lines), {"expected 110 lines, found 112"});
  ExpectRefused("", {"7.lms"});
}

TEST_F(Landmarks, ThatAreNoNumbersAreNamedByLine) {
  for (const char* bad :
       {"12 x", "12", "", "12 13 14", "nan 1", "1 inf", "12,13", "1 2147483648"}) {
    auto lines = Lines();
    lines[64] = bad;
    ExpectRefused(Join(lines), {"line 65 is wrong", "\"x y\""});
  }
}

TEST_F(Landmarks, ThatBoundNoFaceAreRefused) {
  auto lines = Lines();
  lines[31] = "20 42";
  ExpectRefused(Join(lines), {"lines 2 and 32 bound no face", "[20, 30, 20, 30]"});
  lines[31] = "10 42";
  ExpectRefused(Join(lines), {"bound no face"});
}

TEST_F(Landmarks, WhoseSquareLeavesTheFrameAreRefused) {
  const std::string text = Join(Lines());
  EXPECT_EQ(Read(text, 60, 70), (Rect{20, 30, 60, 70}));
  ExpectError(ErrorCode::kBadMedia,
              {"7.lms", "leaves the frame", "inside 59x70", "[20, 30, 60, 70]"},
              [&] { Read(text, 59, 70); });
  ExpectError(ErrorCode::kBadMedia, {"leaves the frame"}, [&] { Read(text, 60, 69); });
  auto lines = Lines();
  lines[1] = "-1 41";
  ExpectRefused(Join(lines), {"leaves the frame"});
  lines = Lines();
  lines[52] = "40 -2";
  ExpectRefused(Join(lines), {"leaves the frame"});
}

}  // namespace
}  // namespace mouthpiece
