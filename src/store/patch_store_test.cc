#include "store/patch_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "avatar/package.h"
#include "support/fixtures.h"
#include "support/pictures.h"
#include "support/video_package.h"
#include "support/whole_frames.h"

namespace mouthpiece {
namespace {

using testing::Samples;
using testing::WholeFrames;

bool IsInside(const Rect& rect, int x, int y) {
  return x >= rect.x1 && x < rect.x2 && y >= rect.y1 && y < rect.y2;
}

/// The part's samples outside the rectangle are those of the whole frame.
void ExpectSurroundings(const Frame& part, ConstPictureView whole, const Rect& rect) {
  for (int p = 0; p < 3; ++p) {
    const int scale = p == 0 ? 1 : 2;
    const Rect hole =
        p == 0 ? rect : Rect{rect.x1 / 2, rect.y1 / 2, (rect.x2 + 1) / 2, (rect.y2 + 1) / 2};
    const Plane& plane = part.picture().planes[p];
    ASSERT_EQ(plane.width, (part.part.width() + scale - 1) / scale);
    ASSERT_EQ(plane.height, (part.part.height() + scale - 1) / scale);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const int at_x = part.part.x1 / scale + x;
        const int at_y = part.part.y1 / scale + y;
        if (IsInside(hole, at_x, at_y)) continue;
        ASSERT_EQ(plane.row(y)[x], whole.planes[p].row(at_y)[at_x])
            << at_x << ',' << at_y << " of plane " << p;
      }
    }
  }
}

FrameReaderOptions Walk(const FrameSequence& sequence) {
  FrameReaderOptions options;
  options.sequence = sequence;
  return options;
}

class PatchStore : public ::testing::Test {
 protected:
  const std::shared_ptr<const Avatar> avatar_ =
      testing::MakeAvatar(testing::ReadVideoPackage(testing::DrawnPackage()));
  const std::shared_ptr<WholeFrames> keeper_ =
      std::make_shared<WholeFrames>(avatar_->width(), avatar_->height());

  StoreOptions Options(std::shared_ptr<BackgroundKeeper> keeper) {
    StoreOptions options;
    options.threads = 2;
    options.keeper = std::move(keeper);
    return options;
  }
};

TEST_F(PatchStore, LendsTheSurroundingsAndTheFacesOfEveryFrame) {
  const FrameSequence sequence{LoopMode::kPingPong, 24, {3, 70}};
  const auto parts = OpenFrameStore(avatar_, Options(keeper_), sequence);
  const auto wholes = OpenFrameStore(avatar_, Options(nullptr), sequence);
  const auto part_reader = parts->Open(Walk(sequence));
  const auto whole_reader = wholes->Open(Walk(sequence));
  std::deque<SourceFrame> held;
  for (int64_t i = 0; i < sequence.size(); ++i) {
    if (held.size() == 5) held.pop_front();
    SourceFrame part = part_reader->Next();
    const SourceFrame whole = whole_reader->Next();
    ASSERT_EQ(part.frame.source_index, whole.frame.source_index);
    ASSERT_EQ(part.frame.output_index, i);
    const Rect& rect = avatar_->rectangles()[static_cast<size_t>(part.frame.source_index)];
    ASSERT_EQ(part.frame.part, keeper_->PartAround(rect));
    ExpectSurroundings(part.frame, whole.frame.picture(), rect);
    ASSERT_EQ(Samples(part.face.roi), Samples(whole.face.roi));
    ASSERT_EQ(Samples(part.face.masked), Samples(whole.face.masked));
    ASSERT_TRUE(std::equal(part.face.ring.data,
                           part.face.ring.data + RingView::Bytes(part.face.ring.geometry),
                           whole.face.ring.data));
    for (const Plane& plane : part.frame.picture().planes) plane.row(0)[0] ^= 0xFF;
    held.push_back(std::move(part));
  }
  EXPECT_EQ(keeper_->frames().size(), 24U);
  EXPECT_EQ(keeper_->frames().at(23).size(), avatar_->width() * avatar_->height() * 3U / 2);
}

TEST_F(PatchStore, LendsWhatIsKeptInsideRectanglesToo) {
  Package package = testing::ReadVideoPackage(testing::DrawnPackage());
  for (const Rect& rect : package.rectangles) {
    package.kept.Append(rect,
                        std::vector<KeptPixels::Span>{{rect.y1 + 4, rect.x1 + 3, rect.x1 + 20},
                                                      {rect.y1 + 5, rect.x1, rect.x2},
                                                      {rect.y1 + 6, rect.x1, rect.x2}});
  }
  const auto avatar = testing::MakeAvatar(std::move(package));
  const FrameSequence sequence{LoopMode::kNone, 24, {0, 24}};
  const auto parts = OpenFrameStore(avatar, Options(keeper_), sequence);
  const auto wholes = OpenFrameStore(avatar, Options(nullptr), sequence);
  const auto part_reader = parts->Open(Walk(sequence));
  const auto whole_reader = wholes->Open(Walk(sequence));
  for (int frame = 0; frame < 24; ++frame) {
    const SourceFrame part = part_reader->Next();
    const SourceFrame whole = whole_reader->Next();
    const Rect& rect = avatar->rectangles()[static_cast<size_t>(frame)];
    const Rect& origin = part.frame.part;
    const Rect shifted{rect.x1 - origin.x1, rect.y1 - origin.y1, rect.x2 - origin.x1,
                       rect.y2 - origin.y1};
    const KeptRuns kept = PackageOf(*avatar).kept.Of(frame);
    ASSERT_FALSE(kept.chroma.empty());
    for (int p = 0; p < 3; ++p) {
      const Plane found = PlaneAtRuns(part.frame.picture(), shifted, p);
      const Plane expected = PlaneAtRuns(whole.frame.picture(), rect, p);
      for (const SampleRun& run : kept.of(p)) {
        ASSERT_TRUE(std::equal(found.row(run.row) + run.begin, found.row(run.row) + run.end,
                               expected.row(run.row) + run.begin))
            << "frame " << frame << " plane " << p << " row " << run.row;
      }
    }
  }
}

TEST_F(PatchStore, TakesLessMemoryThanWholeFramesAndCountsTheKeepers) {
  const FrameSequence sequence{LoopMode::kNone, 24, {0, 24}};
  const auto parts = OpenFrameStore(avatar_, Options(keeper_), sequence);
  const auto reader = parts->Open(Walk(sequence));
  for (int64_t i = 0; i < sequence.size(); ++i) reader->Next();
  const double whole = OpenFrameStore(avatar_, Options(nullptr), sequence)->bytes_per_frame();
  EXPECT_LT(parts->bytes_per_frame(), whole / 2);
  EXPECT_GT(parts->bytes_per_frame(), 1000 + 3 * 8 * 648);
  EXPECT_GE(static_cast<double>(parts->peak_bytes()), 24 * parts->bytes_per_frame());
}

}  // namespace
}  // namespace mouthpiece
