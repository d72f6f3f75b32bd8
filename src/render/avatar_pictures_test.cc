#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "image/color.h"
#include "image/pixels.h"
#include "mouthpiece/compositor.h"
#include "mouthpiece/devices.h"
#include "mouthpiece/error.h"
#include "store/frame_store.h"
#include "support/errors.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::DrawnPackage;
using testing::ExpectError;

constexpr int kFrames = 24;
constexpr size_t kFacePixels = size_t{320} * 320;

std::vector<uint8_t> Bytes(const VideoFrame& frame) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 3; ++i) {
    const FramePlane plane = frame.plane(i);
    for (int y = 0; y < plane.height; ++y) {
      const uint8_t* row = plane.data + y * plane.stride;
      bytes.insert(bytes.end(), row, row + plane.width);
    }
  }
  return bytes;
}

std::vector<uint8_t> Bytes(ConstPictureView picture) {
  std::vector<uint8_t> bytes;
  for (const ConstPlane& plane : picture.planes) {
    for (int y = 0; y < plane.height; ++y) {
      bytes.insert(bytes.end(), plane.row(y), plane.row(y) + plane.width);
    }
  }
  return bytes;
}

/// The frames of the drawn package from `first` on, as they are.
class SourceWalk {
 public:
  explicit SourceWalk(int first) : sequence_{LoopMode::kNone, kFrames, {first, kFrames}} {
    StoreOptions options;
    options.mode = CacheMode::kDisk;
    store_ = OpenFrameStore(Avatar::Open(DrawnPackage()), options, sequence_);
    FrameReaderOptions reader_options;
    reader_options.sequence = sequence_;
    reader_ = store_->Open(reader_options);
  }

  SourceFrame Next() { return reader_->Next(); }

 private:
  const FrameSequence sequence_;
  std::unique_ptr<FrameStore> store_;
  std::unique_ptr<FrameReader> reader_;
};

std::vector<std::vector<uint8_t>> SourceFramesInOrder() {
  SourceWalk walk(0);
  std::vector<std::vector<uint8_t>> frames;
  for (int i = 0; i < kFrames; ++i) frames.push_back(Bytes(walk.Next().frame.picture()));
  return frames;
}

class PicturesInMode : public ::testing::TestWithParam<CacheMode> {};

TEST_P(PicturesInMode, AreThoseOfThePackageInAnyOrder) {
  const auto expected = SourceFramesInOrder();
  AvatarPictures pictures(Avatar::Open(DrawnPackage()), {.cache = GetParam()});
  for (const int index : {0, 1, 2, 22, 23, 0, 7, 6, 6, 8, 9, 10}) {
    EXPECT_TRUE(Bytes(pictures.Full(index)) == expected[static_cast<size_t>(index)]) << index;
  }
}

TEST_P(PicturesInMode, MayAllBeKept) {
  const auto expected = SourceFramesInOrder();
  std::vector<VideoFrame> kept;
  {
    AvatarPictures pictures(Avatar::Open(DrawnPackage()), {.cache = GetParam()});
    for (int i = 0; i < kFrames + 10; ++i) kept.push_back(pictures.Full(i % kFrames));
  }
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_TRUE(Bytes(kept[i]) == expected[i % kFrames]) << i;
  }
}

TEST_P(PicturesInMode, AreCompositedTheSameWhateverCameBefore) {
  const std::vector<uint8_t> grey(3 * kFacePixels, 100);
  const std::vector<uint8_t> white(3 * kFacePixels, 255);
  AvatarCompositor fresh(Avatar::Open(DrawnPackage()), {.cache = CacheMode::kDisk});
  const std::vector<uint8_t> expected = Bytes(fresh.Composite(5, grey));
  AvatarCompositor used(Avatar::Open(DrawnPackage()), {.cache = GetParam()});
  const VideoFrame held = used.Composite(5, white);
  const std::vector<uint8_t> held_bytes = Bytes(held);
  EXPECT_TRUE(Bytes(used.Composite(5, grey)) == expected);
  EXPECT_TRUE(Bytes(held) == held_bytes);
  EXPECT_FALSE(held_bytes == expected);
}

INSTANTIATE_TEST_SUITE_P(Modes, PicturesInMode,
                         ::testing::Values(CacheMode::kAuto, CacheMode::kRam, CacheMode::kChunk,
                                           CacheMode::kStream, CacheMode::kDisk));

TEST(AvatarCompositor, TruncatesFloatsToBytes) {
  AvatarCompositor compositor(Avatar::Open(DrawnPackage()));
  std::vector<uint8_t> bytes(3 * kFacePixels);
  std::vector<float> floats(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * 7);
    floats[i] = (static_cast<float>(bytes[i]) + 0.5F) / 255;
  }
  floats[0] = 2, bytes[0] = 255;
  floats[1] = -1, bytes[1] = 0;
  floats[2] = std::numeric_limits<float>::quiet_NaN(), bytes[2] = 0;
  for (const int index : {0, 11, 23}) {
    EXPECT_TRUE(Bytes(compositor.Composite(index, floats)) ==
                Bytes(compositor.Composite(index, bytes)));
  }
}

TEST(AvatarPictures, GiveTheFacesOfTheNetwork) {
  AvatarPictures pictures(Avatar::Open(DrawnPackage()), {.cache = CacheMode::kDisk});
  ASSERT_EQ(pictures.face_size(), 320);
  std::vector<uint8_t> planes(6 * kFacePixels);
  pictures.Face(3, planes);
  SourceWalk walk(3);
  const SourceFrame source = walk.Next();
  Picture bgr(PixelFormat::kBgrPlanar, ColorRange::kFull, 320, 320);
  for (const auto& [face, part] :
       {std::pair{source.face.roi, 0u}, std::pair{source.face.masked, 1u}}) {
    YuvToBgr(face, bgr.view());
    const auto begin = planes.begin() + static_cast<ptrdiff_t>(part * 3 * kFacePixels);
    EXPECT_TRUE(std::vector<uint8_t>(begin, begin + 3 * kFacePixels) == Bytes(bgr.view())) << part;
  }
}

TEST(AvatarCompositor, MayBeUsedByThreads) {
  const std::vector<uint8_t> grey(3 * kFacePixels, 100);
  AvatarCompositor compositor(Avatar::Open(DrawnPackage()));
  std::vector<std::vector<uint8_t>> expected;
  for (int i = 0; i < kFrames; ++i) expected.push_back(Bytes(compositor.Composite(i, grey)));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const auto index = static_cast<size_t>((i * (t + 1)) % kFrames);
          if (Bytes(compositor.Composite(static_cast<int>(index), grey)) != expected[index]) {
            ++wrong;
          }
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(AvatarCompositor, NamesWhatItExpected) {
  AvatarCompositor compositor(Avatar::Open(DrawnPackage()));
  const std::vector<uint8_t> right(3 * kFacePixels), wrong(3);
  ExpectError(ErrorCode::kInvalidArgument, {"307200", "found 3"},
              [&] { compositor.Composite(0, wrong); });
  for (const int index : {-1, kFrames}) {
    ExpectError(ErrorCode::kInvalidArgument, {"expected 0 to 23", "found " + std::to_string(index)},
                [&] { compositor.Composite(index, right); });
  }
  AvatarPictures pictures(Avatar::Open(DrawnPackage()));
  std::vector<uint8_t> few(3);
  ExpectError(ErrorCode::kInvalidArgument, {"614400", "found 3"}, [&] { pictures.Face(0, few); });
}

TEST(VideoFrame, RefusesAWrongNumberOfPixelBytes) {
  AvatarPictures pictures(Avatar::Open(DrawnPackage()));
  std::vector<uint8_t> few(3);
  ExpectError(ErrorCode::kInvalidArgument, {"306720", "found 3"},
              [&] { pictures.Full(0).CopyPixels(PixelOrder::kBgr, few); });
}

/// The largest difference inside the rectangle; -1 when frames differ anywhere else.
int LargestDifference(const VideoFrame& a, const VideoFrame& b, const Rect& rect) {
  int largest = 0;
  for (int p = 0; p < 3; ++p) {
    const int step = p == 0 ? 1 : 2;
    const auto [x1, y1] = std::pair(rect.x1 / step, rect.y1 / step);
    const auto [x2, y2] = std::pair((rect.x2 + step - 1) / step, (rect.y2 + step - 1) / step);
    const FramePlane first = a.plane(p);
    const FramePlane second = b.plane(p);
    for (int y = 0; y < first.height; ++y) {
      for (int x = 0; x < first.width; ++x) {
        const int difference =
            std::abs(first.data[y * first.stride + x] - second.data[y * second.stride + x]);
        const bool is_inside = x >= x1 && x < x2 && y >= y1 && y < y2;
        if (difference > 0 && !is_inside) return -1;
        largest = std::max(largest, difference);
      }
    }
  }
  return largest;
}

TEST(AvatarCompositorOnAGpu, IsWithinALevelOfTheCpu) {
  if (!Devices().back().is_usable) GTEST_SKIP() << Devices().back().note;
  Machine gpu;
  gpu.device = Devices().back().device;
  const auto avatar = Avatar::Open(DrawnPackage());
  std::mt19937 random(7);
  std::vector<uint8_t> bytes(3 * kFacePixels);
  std::vector<float> floats(bytes.size());
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (float& value : floats) value = static_cast<float>(random()) * 0x1.2p-32F - 0.05F;
  floats[5] = std::numeric_limits<float>::quiet_NaN();
  for (const Resample resample : {Resample::kLinear, Resample::kCubic}) {
    AvatarCompositor expected(avatar, {}, resample);
    AvatarCompositor found(avatar, gpu, resample);
    for (const int index : {0, 3, 4}) {
      const Rect& rect = avatar->rectangles()[static_cast<size_t>(index)];
      const int of_bytes =
          LargestDifference(expected.Composite(index, bytes), found.Composite(index, bytes), rect);
      const int of_floats = LargestDifference(expected.Composite(index, floats),
                                              found.Composite(index, floats), rect);
      EXPECT_TRUE(of_bytes == 0 || of_bytes == 1) << index << ": " << of_bytes;
      EXPECT_TRUE(of_floats == 0 || of_floats == 1) << index << ": " << of_floats;
    }
  }
}

TEST(AvatarCompositorOnAGpu, RefusesOneThatIsNotThere) {
  Machine machine;
  machine.device = "vulkan:99";
  EXPECT_THROW(AvatarCompositor(Avatar::Open(DrawnPackage()), machine).face_size(), Error);
}

}  // namespace
}  // namespace mouthpiece
