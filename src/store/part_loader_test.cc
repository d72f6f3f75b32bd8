#include "store/part_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/files.h"
#include "support/fixtures.h"
#include "support/video_package.h"

namespace mouthpiece {
namespace {

/// Every load of a walk through `capacity` blocks of scratch (0: none) holds what a fresh reader
/// reads.
void CheckWalk(const FrameSequence& sequence, int capacity) {
  const Package package = testing::ReadVideoPackage(testing::DrawnPackage());
  const FrameLayout layout(package);
  StageTimer timer;
  MemoryMeter meter;
  const PartContext context{package, layout, timer};
  std::unique_ptr<Scratch> scratch;
  if (capacity > 0) {
    scratch.reset(
        new Scratch{sequence,
                    capacity,
                    {testing::EmptyFolder(), static_cast<uint64_t>(capacity) * layout.bytes()}});
  }
  const PageMemory block(layout.bytes());
  const PageMemory expected(layout.bytes());
  for (const FramePart part : kFrameParts) {
    PartLoader loader(context, part, 1, {}, meter, scratch.get());
    PartReader reader(context, part, 1, {});
    for (int64_t i = 0; i < sequence.size(); ++i) {
      const int frame = sequence.At(i);
      loader.Prepare(frame, i + 1);
      loader.Store(block.data());
      reader.Read(frame, expected.data());
      ASSERT_TRUE(std::ranges::equal(PartBytes(layout, part, block.data()),
                                     PartBytes(layout, part, expected.data())))
          << "output frame " << i << " with " << capacity << " blocks";
    }
  }
}

TEST(PartLoader, LoadsTheSameWithAnyScratchFile) {
  for (const int capacity : {0, 1, 2, 5, 23, 24}) {
    CheckWalk({LoopMode::kPingPong, 24, {0, 60}}, capacity);
    CheckWalk({LoopMode::kPingPong, 24, {35, 80}}, capacity);
    CheckWalk({LoopMode::kRepeat, 24, {20, 60}}, capacity);
  }
}

}  // namespace
}  // namespace mouthpiece
