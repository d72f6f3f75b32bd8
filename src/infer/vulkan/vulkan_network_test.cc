// Networks on a GPU against the same on the CPU.
#include "infer/vulkan/vulkan_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "infer/engine.h"
#include "infer/fused/plan.h"
#include "network/read_onnx_network.h"
#include "support/fixtures.h"
#include "support/gpu.h"
#include "support/network_inputs.h"

namespace mouthpiece::vulkan {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using testing::Inputs;
using Pictures = std::vector<std::vector<uint8_t>>;

constexpr int kNoPixels = 0;
constexpr int kAllPixels = std::numeric_limits<int>::max();

template <typename T>
std::span<T> As(const Buffer& buffer) {
  return {reinterpret_cast<T*>(buffer.mapped().data()), buffer.bytes() / sizeof(T)};
}

/// A network and random frames for it, and what the CPU makes of them in f32.
struct Case {
  explicit Case(const std::filesystem::path& model, int count)
      : engine(CreateEngine({.model = model, .precision = Precision::kF32, .batch = 1})),
        inputs(testing::RandomInputs(engine->info(), count)),
        expected(testing::Predict(*engine, inputs)),
        network(std::move(*ReadOnnxNetwork(model).network)),
        plan(std::move(*fused::MakePlan(network).plan)) {}

  std::unique_ptr<Engine> engine;
  Inputs inputs;
  Pictures expected;
  Network network;
  fused::Plan plan;
};

/// Pictures of one batch. The faces lie in slots from the last to the first.
Pictures Predictions(gpu::Device& device, const Case& of, const NetworkOptions& options,
                     int omitted_barrier = -1, std::vector<uint32_t>* extremes_found = nullptr) {
  const VulkanNetwork network(device, of.plan, options);
  const int count = static_cast<int>(of.inputs.visual.size());
  const auto frames = static_cast<size_t>(count);
  const size_t face_words = (of.inputs.visual[0].size() + 3) / 4 + 5;
  const Buffer faces(device, frames * face_words * 4, MemoryKind::kUpload, "faces");
  const Buffer slots(device, frames * 4, MemoryKind::kUpload, "slots");
  const Buffer audio(device, frames * network.audio_bytes(), MemoryKind::kUpload, "audio");
  const Buffer pictures(device, frames * network.prediction_bytes(), MemoryKind::kDownload, "out");
  const Buffer extremes(device, frames * 24, MemoryKind::kDownload, "extremes");
  for (size_t i = 0; i < frames; ++i) {
    const size_t word = (frames - 1 - i) * face_words;
    As<uint32_t>(slots)[i] = static_cast<uint32_t>(word);
    std::ranges::copy(of.inputs.visual[i],
                      As<uint8_t>(faces).begin() + static_cast<ptrdiff_t>(word * 4));
    network.PackAudio(of.inputs.audio[i],
                      audio.mapped().subspan(i * network.audio_bytes(), network.audio_bytes()));
  }
  gpu::Commands commands(device, network.steps());
  commands.OmitBarrier(omitted_barrier);
  commands.Begin();
  network.Record(commands, count,
                 {BufferRange(faces), BufferRange(slots), BufferRange(audio), BufferRange(pictures),
                  BufferRange(extremes)});
  commands.Submit();
  commands.Wait();
  Pictures result;
  const size_t area = of.expected[0].size() / 3;
  const auto plane_bytes = static_cast<size_t>(network.plane_words()) * 4;
  for (size_t i = 0; i < frames; ++i) {
    std::vector<uint8_t>& picture = result.emplace_back();
    for (size_t plane = 0; plane < 3; ++plane) {
      const auto begin =
          As<uint8_t>(pictures).begin() + static_cast<ptrdiff_t>((i * 3 + plane) * plane_bytes);
      picture.insert(picture.end(), begin, begin + static_cast<ptrdiff_t>(area));
    }
  }
  if (extremes_found != nullptr)
    extremes_found->assign(As<uint32_t>(extremes).begin(), As<uint32_t>(extremes).end());
  return result;
}

double MeanDifference(const Pictures& a, const Pictures& b) {
  double sum = 0;
  double count = 0;
  for (size_t frame = 0; frame < a.size(); ++frame) {
    for (size_t i = 0; i < a[frame].size(); ++i) sum += std::abs(a[frame][i] - b[frame][i]);
    count += static_cast<double>(a[frame].size());
  }
  return sum / count;
}

using VulkanNetworkTest = testing::OnGpu;

TEST_F(VulkanNetworkTest, GivesThePicturesOfTheCpuInFloats) {
  for (const char* name : {"mixture", "mixture_norms"}) {
    const Case of(testing::Model(name), 3);
    for (const int fused_pixels : {kAllPixels, kNoPixels}) {
      const Pictures found = Predictions(
          device_, of, {.storage = Storage::kFloat, .batch = 3, .fused_pixels = fused_pixels});
      EXPECT_LE(testing::LargestDifference(of.expected, found), 1) << name;
      EXPECT_LE(MeanDifference(of.expected, found), 0.005) << name;
    }
  }
}

TEST_F(VulkanNetworkTest, IsWithinATenthOfALevelInHalfFloats) {
  for (const char* name : {"mixture", "mixture_norms"}) {
    const Case of(testing::Model(name), 3);
    for (const int fused_pixels : {kAllPixels, kNoPixels}) {
      const Pictures found = Predictions(device_, of, {.batch = 3, .fused_pixels = fused_pixels});
      EXPECT_LE(testing::LargestDifference(of.expected, found), 1) << name;
      EXPECT_LE(MeanDifference(of.expected, found), 0.1) << name;
    }
  }
}

}  // namespace
}  // namespace mouthpiece::vulkan
