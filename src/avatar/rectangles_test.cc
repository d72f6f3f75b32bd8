#include "avatar/rectangles.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TempFolder;

std::vector<Rect> Read(const std::string& text) {
  const TempFolder folder;
  return ReadRectangles(folder.Write("rects.json", text));
}

void ExpectRefused(const std::string& text, std::initializer_list<std::string> parts) {
  const TempFolder folder;
  const auto path = folder.Write("rects.json", text);
  ExpectError(ErrorCode::kBadMedia, {path.string()}, [&] { ReadRectangles(path); });
  ExpectError(ErrorCode::kBadMedia, parts, [&] { ReadRectangles(path); });
}

TEST(ReadRectangles, ReadsObjectsInFrameOrder) {
  std::string text = "{";
  for (int i = 11; i >= 0; --i) {
    const std::string x = std::to_string(i);
    text += "\"" + x + "\": {\"original_path\": \"..\\\\" + x + ".jpg\", \"rect\": [" + x +
            ", 1, 30, 20]}" + (i > 0 ? "," : "}");
  }
  const std::vector<Rect> rectangles = Read(text);
  ASSERT_EQ(rectangles.size(), 12U);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(rectangles[static_cast<size_t>(i)], (Rect{i, 1, 30, 20}));
  }
}

TEST(ReadRectangles, ReadsLists) {
  EXPECT_EQ(Read("[[0,0,1,1],[2,3,5,7]]"), (std::vector<Rect>{{0, 0, 1, 1}, {2, 3, 5, 7}}));
}

TEST(ReadRectangles, NamesTheFrameThatIsWrong) {
  ExpectRefused("[[0,0,9,9],[9,0,2,9]]", {"frame 1", "reversed", "[9, 0, 2, 9]"});
  ExpectRefused("[[3,3,3,9]]", {"frame 0", "empty"});
  ExpectRefused("[[-1,0,2,9]]", {"frame 0", "[-1, 0, 2, 9]"});
  ExpectRefused("[[0,0,9]]", {"frame 0", "3 values"});
  ExpectRefused("[[0,0,9,9,9]]", {"frame 0", "5 values"});
  ExpectRefused("[7]", {"frame 0", "number"});
  ExpectRefused(R"([["0","0","9","9"]])", {"frame 0", "string"});
  ExpectRefused("[[0,0,9.5,9]]", {"frame 0", "9.5"});
  ExpectRefused("[[0,0,null,9]]", {"frame 0", "null"});
  ExpectRefused("[[0,0,9,18446744073709551615]]", {"frame 0", "18446744073709551615"});
  ExpectRefused("[[0,0,9,2147483648]]", {"frame 0", "2147483648"});
  ExpectRefused("[[0,0,9,32768]]", {"frame 0", "32768"});  // no picture is so high
  ExpectRefused("[[-9223372036854775808,0,9,9]]", {"frame 0", "-9223372036854775808"});
}

TEST(ReadRectangles, RefusesGapsAndWrongKeys) {
  ExpectRefused(R"({"0": {"rect": [0,0,1,1]}, "2": {"rect": [0,0,1,1]}})", {"frame 1"});
  ExpectRefused(R"({"1": {"rect": [0,0,1,1]}})", {"frame 0"});
  ExpectRefused(R"({"18446744073709551615": {"rect": [0,0,1,1]}})", {"frame 0"});
  ExpectRefused(R"({"99999999999999999999": {"rect": [0,0,1,1]}})", {"9999"});
  ExpectRefused(R"({"frames": []})", {"\"frames\""});
  ExpectRefused(R"({"00": {"rect": [0,0,1,1]}})", {"\"00\""});
  ExpectRefused(R"({"0": {"rect": [0,0,1,1]}, "0": {"rect": [0,0,1,1]}})", {"\"0\" twice"});
  ExpectRefused(R"({"0": {"box": [0,0,1,1]}})", {"frame 0", "\"rect\""});
  ExpectRefused(R"({"0": [0,0,1,1]})", {"frame 0", "array"});
}

TEST(ReadRectangles, RefusesWhatIsNoListOfRectangles) {
  ExpectRefused("", {"empty"});
  ExpectRefused("{}", {"no rectangle"});
  ExpectRefused("[]", {"no rectangle"});
  ExpectRefused("7", {"number"});
  ExpectRefused("[[0,0,1,1]", {"not valid JSON", "byte"});
  ExpectRefused("[[0,0,1,1]]]", {"not valid JSON"});
  ExpectRefused("[[0,0,1e999,1]]", {"out of range"});
  ExpectRefused("[[0,0,NaN,1]]", {"not valid JSON"});
  ExpectRefused("{\"\xff\xfe\": 1}", {"not valid JSON"});
  ExpectRefused(std::string("[\0]", 3), {"not valid JSON"});
  ExpectRefused(std::string(1000000, '['), {"nested too deeply"});
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  ExpectRefused(nested, {"nested too deeply"});
}

TEST(CheckRectanglesInside, AcceptsTheWholeFrameAndNoPixelMore) {
  const std::vector<Rect> rectangles = {{0, 0, 1, 1}, {0, 0, 40, 30}};
  EXPECT_NO_THROW(CheckRectanglesInside("r.json", rectangles, 40, 30));
  ExpectError(ErrorCode::kBadMedia, {"r.json", "frame 1", "39x30", "[0, 0, 40, 30]"},
              [&] { CheckRectanglesInside("r.json", rectangles, 39, 30); });
  ExpectError(ErrorCode::kBadMedia, {"r.json", "frame 1", "40x29"},
              [&] { CheckRectanglesInside("r.json", rectangles, 40, 29); });
}

}  // namespace
}  // namespace mouthpiece
