// Compositing on a GPU against the reference.
#include "compose/vulkan/vulkan_compositor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "compose/compositor.h"
#include "compose/rectangle.h"
#include "support/gpu.h"
#include "support/rounds.h"

namespace mouthpiece::vulkan {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;

constexpr int kFrameWidth = 203;
constexpr int kFrameHeight = 131;

struct Frame {
  CompositeJob job;
  std::vector<uint8_t> face;  ///< Six planes nobody looks at, then the ring
  std::vector<uint8_t> prediction;
};

std::vector<uint8_t> RandomBytes(size_t count, std::mt19937& random) {
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

Rect RandomRect(std::mt19937& random) {
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const int x1 = between(0, kFrameWidth - 1);
  const int y1 = between(0, kFrameHeight - 1);
  return {x1, y1, between(x1 + 1, kFrameWidth), between(y1 + 1, kFrameHeight)};
}

std::vector<Frame> RandomFrames(FaceGeometry geometry, int count, std::mt19937& random) {
  const auto area = static_cast<size_t>(geometry.inner * geometry.inner);
  std::vector<Frame> frames(static_cast<size_t>(count));
  for (Frame& frame : frames) {
    frame.job.rect = RandomRect(random);
    frame.job.resample = random() % 2 == 0 ? Resample::kLinear : Resample::kCubic;
    frame.job.range = random() % 2 == 0 ? ColorRange::kLimited : ColorRange::kFull;
    frame.face = RandomBytes(6 * area + RingView::Bytes(geometry), random);
    frame.prediction = RandomBytes(3 * area, random);
  }
  // What a wrong index would spill over.
  frames.front().job.rect = {0, 0, kFrameWidth, kFrameHeight};
  frames.back().job.rect = {kFrameWidth - 1, kFrameHeight - 1, kFrameWidth, kFrameHeight};
  return frames;
}

/// Pictures of the rectangles, as RectanglePlanes describes them, one after the other.
std::vector<std::byte> Composite(gpu::Device& device, FaceGeometry geometry,
                                 std::vector<Frame>& frames) {
  const size_t face_words = (frames[0].face.size() + 3) / 4;
  const size_t plane_words = (frames[0].prediction.size() / 3 + 3) / 4;
  size_t bytes = 0;
  std::vector<CompositeJob> jobs;
  for (size_t i = 0; i < frames.size(); ++i) {
    frames[i].job.face_word = static_cast<uint32_t>(i * face_words);
    frames[i].job.target_offset = bytes;
    bytes += RectanglePlanes(frames[i].job.rect).bytes();
    jobs.push_back(frames[i].job);
  }
  const Buffer faces(device, frames.size() * face_words * 4, MemoryKind::kUpload, "faces");
  const Buffer predictions(device, frames.size() * 3 * plane_words * 4, MemoryKind::kUpload, "in");
  const Buffer descriptions(device, frames.size() * sizeof(CompositeFrame), MemoryKind::kUpload,
                            "frames");
  const Buffer target(device, bytes, MemoryKind::kDownload, "out");
  for (size_t i = 0; i < frames.size(); ++i) {
    std::ranges::copy(std::as_bytes(std::span(frames[i].face)),
                      faces.mapped().subspan(i * face_words * 4).begin());
    for (size_t plane = 0; plane < 3; ++plane) {
      const std::span samples =
          std::as_bytes(std::span(frames[i].prediction))
              .subspan(plane * frames[i].prediction.size() / 3, frames[i].prediction.size() / 3);
      std::ranges::copy(samples,
                        predictions.mapped().subspan((i * 3 + plane) * plane_words * 4).begin());
    }
  }
  const VulkanCompositor compositor(device, geometry);
  gpu::Commands commands(device, 1);
  commands.Begin();
  compositor.Record(commands, jobs,
                    {reinterpret_cast<CompositeFrame*>(descriptions.mapped().data()), jobs.size()},
                    {BufferRange(faces), BufferRange(predictions), BufferRange(descriptions),
                     BufferRange(target)});
  commands.Submit();
  commands.Wait();
  return {target.mapped().begin(), target.mapped().end()};
}

/// How far apart two frames are at most; what lies outside of the rectangle is equal.
int LargestDifference(const PictureView& a, const PictureView& b) {
  int largest = 0;
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < a.planes[p].height; ++y) {
      for (int x = 0; x < a.planes[p].width; ++x) {
        largest = std::max(largest, std::abs(a.planes[p].row(y)[x] - b.planes[p].row(y)[x]));
      }
    }
  }
  return largest;
}

using VulkanCompositorTest = testing::OnGpu;

TEST_F(VulkanCompositorTest, IsWithinALevelOfTheReference) {
  std::mt19937 random(3);
  for (const FaceGeometry geometry : {FaceGeometry{328, 320}, {168, 160}, {37, 33}, {33, 33}}) {
    for (int round = 0; round < testing::Rounds(8); ++round) {
      std::vector<Frame> frames = RandomFrames(geometry, 5, random);
      std::vector<std::byte> made = Composite(device_, geometry, frames);
      for (const Frame& frame : frames) {
        const auto& [rect, resample, range, face_word, offset] = frame.job;
        Picture expected(PixelFormat::kYuv420, range, kFrameWidth, kFrameHeight);
        Picture found(PixelFormat::kYuv420, range, kFrameWidth, kFrameHeight);
        std::ranges::fill(std::span(expected.view().planes[0].data, expected.bytes()), uint8_t{9});
        std::ranges::fill(std::span(found.view().planes[0].data, found.bytes()), uint8_t{9});
        const auto area = static_cast<size_t>(geometry.inner * geometry.inner);
        CompositeReference({.u8 = frame.prediction.data(), .f32 = nullptr},
                           {frame.face.data() + 6 * area, geometry}, rect, resample,
                           expected.view());
        const RectanglePlanes planes(rect);
        CopyRectangle(planes.View(std::span(made).subspan(offset, planes.bytes()), range), rect, {},
                      found.view());
        EXPECT_LE(LargestDifference(expected.view(), found.view()), 1)
            << geometry.crop << ": " << rect.x1 << " " << rect.y1 << " " << rect.x2 << " "
            << rect.y2;
      }
    }
  }
}

}  // namespace
}  // namespace mouthpiece::vulkan
