#include "avatar/kept_spans.h"

#include <vector>

#include "avatar/inspect.h"
#include "avatar/package.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/inspect.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TempFolder;
using testing::TestPackage;

const std::vector<Rect> kRectangles{{3, 4, 13, 14}, {5, 5, 9, 9}, {0, 0, 4, 4}};

KeptPixels RoundTrip(const TempFolder& folder, const std::vector<KeptSpan>& spans) {
  WriteKeptSpans(folder / "spans.npy", spans);
  return ReadKeptSpans(folder / "spans.npy", kRectangles);
}

TEST(KeptSpans, ComeBackAsRunsOfTheirFrames) {
  const TempFolder folder;
  const KeptPixels kept = RoundTrip(folder, {{0, 4, 3, 5}, {0, 4, 7, 13}, {2, 1, 0, 4}});
  ASSERT_EQ(kept.Of(0).luma.size(), 2U);
  EXPECT_EQ(kept.Of(0).luma[0], (SampleRun{0, 1, 3}));
  EXPECT_EQ(kept.Of(0).luma[1], (SampleRun{0, 5, 11}));
  EXPECT_TRUE(kept.Of(1).empty());
  ASSERT_EQ(kept.Of(2).luma.size(), 1U);
  EXPECT_EQ(kept.Of(2).luma[0], (SampleRun{1, 0, 4}));
}

TEST(KeptSpans, AFileOfNoneIsAsGoodAsNone) {
  const TempFolder folder;
  EXPECT_TRUE(RoundTrip(folder, {}).empty());
}

TEST(KeptSpans, WrongOnesAreRefusedByNumberAndFrame) {
  const TempFolder folder;
  const auto expect = [&](const std::vector<KeptSpan>& spans, const std::string& what) {
    ExpectError(ErrorCode::kBadMedia, {"spans.npy", what}, [&] { RoundTrip(folder, spans); });
  };
  expect({{0, 4, 3, 5}, {3, 0, 0, 1}}, "span 1 is of no frame: expected 0 to 2, found 3");
  expect({{-1, 4, 3, 5}}, "span 0 is of no frame");
  expect({{0, 3, 3, 5}}, "span 0 is not inside its frame's rectangle: frame 0, y 3, x 3 to 5");
  expect({{0, 14, 3, 5}}, "not inside");
  expect({{0, 4, 2, 5}}, "not inside");
  expect({{0, 4, 12, 14}}, "not inside");
  expect({{0, 4, 5, 5}}, "not inside");
  expect({{0, 4, 3, 6}, {0, 4, 5, 8}}, "span 1 does not come after the one before");
  expect({{0, 5, 3, 6}, {0, 4, 3, 6}}, "span 1 does not come after");
  expect({{1, 5, 5, 6}, {0, 4, 3, 6}}, "span 1 does not come after");
}

TEST(KeptSpans, OtherFilesAreRefused) {
  const TempFolder folder;
  const auto expect = [&](const std::string& header, const std::string& data,
                          const std::string& what) {
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size());
    const auto path = folder.Write("spans.npy", file + '\0' + header + data);
    ExpectError(ErrorCode::kBadMedia, {"spans.npy", what},
                [&] { ReadKeptSpans(path, kRectangles); });
  };
  const auto header = [](const std::string& type, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  };
  expect(header("<f4", "1, 4"), std::string(16, '\0'),
         "expected little-endian int32, found \"<f4\"");
  expect(header("<i4", "2, 4"), std::string(16, '\0'), "wrong shape");
  expect(header("<i4", "4"), std::string(16, '\0'), "wrong shape");
  expect(header("<i4", "4, 1"), std::string(16, '\0'), "wrong shape");
  ExpectError(ErrorCode::kBadMedia, {"none.npy"},
              [&] { ReadKeptSpans(folder / "none.npy", kRectangles); });
}

TEST(KeptSpans, OfAPackageAreReadAndReported) {
  const TestPackage package;
  const Rect rect = Avatar::Open(package.path())->rectangles()[7];
  WriteKeptSpans(package / "cache/kept_spans.npy",
                 std::vector<KeptSpan>{{7, rect.y1, rect.x1, rect.x2}});
  const auto avatar = Avatar::Open(package.path());
  EXPECT_EQ(PackageOf(*avatar).kept.Of(7).luma.size(), 1U);
  EXPECT_TRUE(PackageOf(*avatar).kept.Of(6).empty());
  const PackageReport report = InspectFiles(package.path());
  ASSERT_TRUE(report.kept.has_value());
  EXPECT_EQ(report.kept->frames, 1);
  WriteKeptSpans(package / "cache/kept_spans.npy", std::vector<KeptSpan>{{7, 0, 0, 1}});
  ExpectError(ErrorCode::kBadPackage, {"kept_spans.npy", "span 0"},
              [&] { Avatar::Open(package.path()); });
}

}  // namespace
}  // namespace mouthpiece
