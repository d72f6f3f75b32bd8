// Each kernel against its formula, in random odd sizes, floats and half floats.
#include "infer/vulkan/operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "infer/fused/numbers.h"
#include "infer/vulkan/vulkan_network.h"
#include "support/gpu.h"
#include "support/rounds.h"
#include "support/step_case.h"
#include "support/step_reference.h"

namespace mouthpiece::vulkan {
namespace {

using fused::SourceKind;
using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using testing::Values;
using Case = testing::StepCase;

constexpr int kNeverFused = std::numeric_limits<int>::max();
constexpr int kAlwaysFused = 0;
/// No number, in floats and in half floats.
constexpr uint32_t kNoNumber = 0x7FFF7FFF;

template <typename T>
std::span<T> As(const Buffer& buffer) {
  return {reinterpret_cast<T*>(buffer.mapped().data()), buffer.bytes() / sizeof(T)};
}

float Load(const Buffer& buffer, size_t at, Storage storage) {
  return storage == Storage::kFloat ? As<float>(buffer)[at]
                                    : fused::ToFloat(As<fused::Half>(buffer)[at]);
}

void Store(const Buffer& buffer, size_t at, Storage storage, double value) {
  if (storage == Storage::kFloat) {
    As<float>(buffer)[at] = static_cast<float>(value);
  } else if (!std::isfinite(value)) {
    As<uint16_t>(buffer)[at] = std::isnan(value) ? 0x7E00 : value > 0 ? 0x7C00 : 0xFC00;
  } else {
    As<fused::Half>(buffer)[at] = fused::RoundTo<fused::Half>(static_cast<float>(value));
  }
}

/// Where a value of a tensor lies in memory, counted in values.
size_t PlaceOf(const Extent& extent, int frame, int pixel, int channel) {
  const int padded = Groups(extent.channels) * kGroup;
  return static_cast<size_t>((frame * extent.pixels() + pixel) * padded + channel);
}

/// Runs a case's step; what it wrote lies in memory that can be read.
struct StepRun {
  StepRun(gpu::Device& device, const Case& of, const NetworkOptions& options)
      : network(device, of.plan(), options), storage(options.storage) {
    const int count = of.count();
    const auto frames = static_cast<size_t>(count);
    const size_t face_words = (of.visual(0).size() + 3) / 4 + 3;
    const Buffer faces(device, frames * face_words * 4, MemoryKind::kUpload, "faces");
    const Buffer slots(device, frames * 4, MemoryKind::kUpload, "slots");
    bytes = Buffer(device, frames * network.prediction_bytes(), MemoryKind::kDownload, "bytes");
    extremes = Buffer(device, frames * 24, MemoryKind::kDownload, "extremes");
    for (int i = 0; i < count; ++i) {
      const size_t word = (frames - 1 - static_cast<size_t>(i)) * face_words;
      As<uint32_t>(slots)[static_cast<size_t>(i)] = static_cast<uint32_t>(word);
      std::memcpy(&faces.mapped()[word * 4], of.visual(i).data(), of.visual(i).size());
    }
    const int tensors = static_cast<int>(of.plan().tensors.size());
    gpu::Commands commands(device, network.steps() + tensors + 2);
    commands.Begin();
    const BufferRange arena(*network.Range(0, 1).buffer);
    commands.Fill(arena, kNoNumber);
    std::vector<Buffer> uploads;
    for (int t = 0; t < tensors; ++t) {
      if (t == of.step().output) continue;
      const BufferRange range = network.Range(t, count);
      uploads.emplace_back(device, range.bytes, MemoryKind::kUpload, "a tensor");
      std::ranges::fill(uploads.back().mapped(), std::byte{});
      for (int i = 0; i < count; ++i)
        Pack(of.tensors(i)[static_cast<size_t>(t)], i, uploads.back());
      commands.Copy(BufferRange(uploads.back()), range);
    }
    network.Record(commands, count,
                   {.faces = BufferRange(faces),
                    .slots = BufferRange(slots),
                    .audio = {},
                    .prediction = BufferRange(bytes),
                    .extremes = BufferRange(extremes)});
    if (of.step().output >= 0) {
      const BufferRange range = network.Range(of.step().output, count);
      result = Buffer(device, range.bytes, MemoryKind::kDownload, "a tensor");
      commands.Copy(range, BufferRange(result));
    }
    commands.Submit();
    commands.Wait();
  }

  void Pack(const Values& values, int frame, const Buffer& to) const {
    const Extent& extent = values.extent;
    for (int c = 0; c < extent.channels; ++c) {
      for (int pixel = 0; pixel < extent.pixels(); ++pixel) {
        Store(to, PlaceOf(extent, frame, pixel, c), storage,
              values.At(c, pixel / extent.width, pixel % extent.width));
      }
    }
  }

  VulkanNetwork network;
  Storage storage;
  Buffer result, bytes, extremes;
};

class OperationsTest : public testing::OnGpu {
 protected:
  /// Runs a case and compares all of the result, padding too, which later steps multiply by zero.
  void ExpectTheFormula(const Case& of, Storage storage, int fused_pixels) {
    const StepRun run(device_, of,
                      {.storage = storage, .batch = of.count() + 1, .fused_pixels = fused_pixels});
    fused_ += run.network.fused_blocks();
    const double tolerance = storage == Storage::kFloat ? 1e-5 : 3e-3;
    for (int frame = 0; frame < of.count(); ++frame) {
      const Values expected = of.Expected(frame);
      const Extent& extent = expected.extent;
      for (int pixel = 0; pixel < extent.pixels(); ++pixel) {
        for (int c = 0; c < Groups(extent.channels) * kGroup; ++c) {
          const double found = double{Load(run.result, PlaceOf(extent, frame, pixel, c), storage)};
          const double wanted =
              c < extent.channels ? expected.At(c, pixel / extent.width, pixel % extent.width) : 0;
          const double most = c < extent.channels ? tolerance * (1 + std::abs(wanted)) : 0;
          ASSERT_NEAR(found, wanted, most)
              << "frame " << frame << ", pixel " << pixel << " of " << extent.width << "x"
              << extent.height << ", channel " << c << " of " << extent.channels;
        }
      }
    }
  }

  int fused_ = 0;  ///< Blocks that ran as one kernel
};

TEST_F(OperationsTest, ConvolutionsAreWhatTheirFormulaSays) {
  constexpr int kOutputs[][2] = {{1, 8}, {9, 16}, {17, 32}, {33, 140}};  // a tile's width each
  for (const auto& [least, most] : kOutputs) {
    for (unsigned round = 0; round < testing::Rounds(8); ++round) {
      SCOPED_TRACE("outputs " + std::to_string(most) + ", round " + std::to_string(round));
      Case of(round * 100 + static_cast<unsigned>(most));
      of.MakeConvolution(least, most);
      of.Draw(of.Between(1, 3));
      for (const Storage storage : {Storage::kFloat, Storage::kHalf}) {
        ExpectTheFormula(of, storage, kNeverFused);
      }
    }
  }
}

TEST_F(OperationsTest, BlocksAreWhatTheirFormulaSaysInOneKernelAndInThree) {
  for (unsigned round = 0; round < testing::Rounds(24); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Case of(round);
    of.MakeBlock(32);
    of.Draw(of.Between(1, 3));
    for (const Storage storage : {Storage::kFloat, Storage::kHalf}) {
      for (const int fused_pixels : {kAlwaysFused, kNeverFused}) {
        ExpectTheFormula(of, storage, fused_pixels);
      }
    }
  }
  EXPECT_GT(fused_, testing::Rounds(24));
}

TEST_F(OperationsTest, HalfFloatsEndAtTheirLargest) {
  constexpr double kLargest = 65504;
  Case of(2);
  of.MakeConvolution(8, 8);
  of.Draw(1);
  for (Values& tensor : of.tensors(0)) {
    for (double& value : tensor.data) value = std::copysign(60000, value);
  }
  const StepRun run(device_, of, {});
  const Values sums = of.Expected(0);
  int beyond = 0;
  for (int i = 0; i < sums.extent.pixels() * 8; ++i) {
    const double sum = sums.At(i % 8, i / 8 / sums.extent.width, i / 8 % sums.extent.width);
    const double wanted = std::clamp(sum, -kLargest, kLargest);
    if (wanted != sum) ++beyond;
    EXPECT_NEAR(Load(run.result, static_cast<size_t>(i), Storage::kHalf), wanted, 100);
  }
  EXPECT_GT(beyond, 10);
}

TEST_F(OperationsTest, OutputsAreBytesOfTheFormulaAndTheirExtremes) {
  for (unsigned round = 0; round < testing::Rounds(16); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Case of(round);
    of.MakeOutput();
    of.Draw(of.Between(1, 3));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    of.tensors(0)[0].At(0, 0, 0) = std::nan("");
    of.tensors(0)[0].At(0, 0, 1) = kInfinity;
    of.tensors(0)[0].At(0, 1, 0) = -kInfinity;
    for (const Storage storage : {Storage::kFloat, Storage::kHalf}) {
      const StepRun run(device_, of, {.storage = storage, .batch = of.count()});
      for (int frame = 0; frame < of.count(); ++frame) {
        const Values sums = of.Expected(frame);
        for (int plane = 0; plane < 3; ++plane) {
          const int first = (frame * 3 + plane) * run.network.plane_words() * 4;
          int least = 255;
          int largest = 0;
          for (int i = 0; i < sums.extent.pixels(); ++i) {
            const double sum = sums.At(plane, i / sums.extent.width, i % sums.extent.width);
            const double level = std::isnan(sum) ? 0 : 255 / (1 + std::exp(-sum));
            const int found = As<uint8_t>(run.bytes)[static_cast<size_t>(first + i)];
            EXPECT_GT(level, found - 0.001) << i;
            EXPECT_LT(level, found + 1.001) << i;
            least = std::min(least, found);
            largest = std::max(largest, found);
          }
          const auto at = static_cast<size_t>((frame * 3 + plane) * 2);
          EXPECT_EQ(As<uint32_t>(run.extremes)[at], static_cast<uint32_t>(255 - least));
          EXPECT_EQ(As<uint32_t>(run.extremes)[at + 1], static_cast<uint32_t>(largest));
        }
      }
    }
  }
}

TEST(FindObstacle, NamesWhatADeviceLacks) {
  constexpr gpu::Limits kEnough{kMostSharedBytes, kMostThreads, 1 << 27};
  EXPECT_EQ(FindObstacle(kEnough), "");
  gpu::Limits limits = kEnough;
  limits.workgroup_size = 128;
  EXPECT_EQ(FindObstacle(limits), "expected workgroups of 256 at least, found 128");
  limits = kEnough;
  limits.shared_bytes = 16384;
  EXPECT_NE(FindObstacle(limits).find("18432 at least, found 16384"), std::string::npos);
}

TEST(FindObstacle, NamesWhatKernelsCannot) {
  Case of(3);
  of.MakeBlock(8);
  fused::Plan plan = of.plan();
  EXPECT_EQ(FindObstacle(plan, Storage::kHalf), "");
  Convolution large = *plan.steps[0].project;
  large.weights.back() = -65505;
  plan.steps[0].project = &large;
  EXPECT_NE(FindObstacle(plan, Storage::kHalf).find("65504"), std::string::npos);
  EXPECT_EQ(FindObstacle(plan, Storage::kFloat), "");
  plan.steps[0].sources = {{SourceKind::kTensor, 0, {3, 9, 9}},
                           {SourceKind::kVisual, -1, {6, 9, 9}}};
  EXPECT_NE(FindObstacle(plan, Storage::kFloat).find("input pictures"), std::string::npos);
}

}  // namespace
}  // namespace mouthpiece::vulkan
