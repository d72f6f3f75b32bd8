#include "import/masks.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "support/dataset.h"
#include "support/errors.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TestDataset;

/// Masks of one colour, of which `marked` has a white pixel at (x, y).
void WriteMasks(const TestDataset& folder, int frames, int marked, int x, int y) {
  for (int frame = 0; frame < frames; ++frame) {
    Picture mask(PixelFormat::kBgrPlanar, ColorRange::kFull, TestDataset::kWidth,
                 TestDataset::kHeight);
    for (const Plane& plane : mask.view().planes) {
      for (int row = 0; row < plane.height; ++row) std::fill_n(plane.row(row), plane.width, 0);
    }
    std::fill_n(mask.view().planes[1].row(0), TestDataset::kWidth, uint8_t{255});
    if (frame == marked) {
      for (const Plane& plane : mask.view().planes) plane.row(y)[x] = 255;
    }
    folder.WritePng("parsing/" + std::to_string(frame) + ".png", mask.view());
  }
}

std::vector<KeptSpan> Read(const TestDataset& folder) {
  return ReadMasks(ReadDataset(folder.path()), {});
}

TEST(Masks, KeepWhatTheyMark) {
  const TestDataset folder(5);
  EXPECT_TRUE(Read(folder).empty());
  WriteMasks(folder, 5, 3, 20, 20);
  EXPECT_EQ(Read(folder), (std::vector<KeptSpan>{{3, 20, 20, 21}}));
}

TEST(Masks, MayMarkNothingOfTheFace) {
  const TestDataset folder(5);
  WriteMasks(folder, 5, 3, 0, TestDataset::kHeight - 1);
  EXPECT_TRUE(Read(folder).empty());
}

TEST(Masks, ThatMarkNothingAtAllAreRefused) {
  const TestDataset folder(5);
  WriteMasks(folder, 5, -1, 0, 0);
  ExpectError(ErrorCode::kBadMedia,
              {"parsing: the masks mark nothing in any of 5 frames", "255,0,0", "255,255,255",
               "found R,G,B 0,0,0 in 98 %, 0,255,0 in 2 %"},
              [&] { Read(folder); });
}

TEST(Masks, ThatCannotBeDecodedAreNamedTogether) {
  const TestDataset folder(5);
  WriteMasks(folder, 5, 3, 20, 20);
  const std::string whole = testing::ReadFile(folder / "parsing/1.png");
  for (const int frame : {1, 4}) {
    const std::string name = "parsing/" + std::to_string(frame) + ".png";
    std::string damaged = whole;
    for (size_t i = 45; i < damaged.size(); ++i) damaged[i] = 'x';
    folder.Write(name, damaged);
  }
  ExpectError(ErrorCode::kBadMedia, {"parsing/1.png: ", "also at fault: 4.png"},
              [&] { Read(folder); });
}

TEST(Masks, EndWhenTheyAreCancelled) {
  const TestDataset folder(3);
  WriteMasks(folder, 3, 1, 20, 20);
  const std::atomic<bool> cancel = true;
  ExpectError(ErrorCode::kCancelled, {"cancelled"},
              [&] { ReadMasks(ReadDataset(folder.path()), CancelToken(&cancel)); });
}

}  // namespace
}  // namespace mouthpiece
