// Networks on a GPU against the same on the CPU.
#include "infer/vulkan/vulkan_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"
#include "infer/fused/plan.h"
#include "network/read_onnx_network.h"
#include "support/errors.h"
#include "support/fixtures.h"
#include "support/gpu.h"
#include "support/network_inputs.h"
#include "support/rounds.h"

namespace mouthpiece::vulkan {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using testing::Inputs;
using Pictures = std::vector<std::vector<uint8_t>>;

constexpr int kNone = -1;
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

/// A network on the device and all frames of a case, in one batch. The faces lie in slots from the
/// last to the first.
class OnDevice {
 public:
  OnDevice(gpu::Device& device, const Case& of, const NetworkOptions& options)
      : of_(of),
        count_(of.inputs.visual.size()),
        face_words_((of.inputs.visual[0].size() + 3) / 4 + 5),
        network_(device, of.plan, options),
        faces_(device, count_ * face_words_ * 4, MemoryKind::kUpload, "faces"),
        slots_(device, count_ * 4, MemoryKind::kUpload, "slots"),
        audio_(device, count_ * network_.audio_bytes(), MemoryKind::kUpload, "audio"),
        pictures_(device, count_ * network_.prediction_bytes(), MemoryKind::kDownload, "out"),
        extremes_(device, count_ * 24, MemoryKind::kDownload, "extremes"),
        commands_(device, network_.steps(), true) {
    for (size_t i = 0; i < count_; ++i) {
      const size_t word = (count_ - 1 - i) * face_words_;
      As<uint32_t>(slots_)[i] = static_cast<uint32_t>(word);
      std::ranges::copy(of.inputs.visual[i],
                        As<uint8_t>(faces_).begin() + static_cast<ptrdiff_t>(word * 4));
      network_.PackAudio(of.inputs.audio[i], audio_.mapped().subspan(i * network_.audio_bytes(),
                                                                     network_.audio_bytes()));
    }
  }

  /// Returns how many barriers there were.
  int Run(int omitted_barrier = kNone) {
    commands_.OmitBarrier(omitted_barrier);
    commands_.Begin();
    network_.Record(commands_, static_cast<int>(count_),
                    {BufferRange(faces_), BufferRange(slots_), BufferRange(audio_),
                     BufferRange(pictures_), BufferRange(extremes_)});
    commands_.Submit();
    commands_.Wait();
    return commands_.barriers();
  }

  Pictures pictures() const {
    Pictures result;
    const size_t area = of_.expected[0].size() / 3;
    const auto plane_bytes = static_cast<size_t>(network_.plane_words()) * 4;
    for (size_t i = 0; i < count_; ++i) {
      std::vector<uint8_t>& picture = result.emplace_back();
      for (size_t plane = 0; plane < 3; ++plane) {
        const auto begin =
            As<uint8_t>(pictures_).begin() + static_cast<ptrdiff_t>((i * 3 + plane) * plane_bytes);
        picture.insert(picture.end(), begin, begin + static_cast<ptrdiff_t>(area));
      }
    }
    return result;
  }

  const VulkanNetwork& network() const { return network_; }
  std::vector<gpu::StepTime> StepTimes() const { return commands_.StepTimes(); }

 private:
  const Case& of_;
  const size_t count_;
  const size_t face_words_;
  const VulkanNetwork network_;
  const Buffer faces_, slots_, audio_, pictures_, extremes_;
  gpu::Commands commands_;
};

Pictures Predictions(gpu::Device& device, const Case& of, const NetworkOptions& options) {
  OnDevice run(device, of, options);
  run.Run();
  return run.pictures();
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

TEST_F(VulkanNetworkTest, WidthsOfTheFamilyAreWithinALevel) {
  for (const char* name : {"unet_thin", "unet_half"}) {
    const Case of(testing::Model(name), 1);
    const Pictures found = Predictions(device_, of, {});
    EXPECT_LE(testing::LargestDifference(of.expected, found), 1) << name;
    EXPECT_LE(MeanDifference(of.expected, found), 0.1) << name;
    if (testing::kSanitized) return;
  }
}

TEST_F(VulkanNetworkTest, ASecondRunFindsNothingOfTheFirst) {
  const Case of(testing::Model("mixture"), 2);
  OnDevice run(device_, of, {.batch = 2});
  run.Run();
  const Pictures first = run.pictures();
  run.Run();
  EXPECT_EQ(run.pictures(), first);
}

TEST_F(VulkanNetworkTest, FramesDoNotDependOnTheirBatch) {
  const Case of(testing::Model("mixture"), 3);
  for (const int fused_pixels : {kAllPixels, kNoPixels}) {
    const Pictures all = Predictions(device_, of, {.batch = 5, .fused_pixels = fused_pixels});
    for (size_t i = 0; i < all.size(); ++i) {
      Case one(testing::Model("mixture"), 3);
      one.inputs = {{of.inputs.visual[i]}, {of.inputs.audio[i]}};
      EXPECT_EQ(Predictions(device_, one, {.fused_pixels = fused_pixels})[0], all[i]);
    }
  }
}

TEST_F(VulkanNetworkTest, TheValidationLayerMissesEveryBarrier) {
  const Case of(testing::Model("mixture"), 1);
  for (const int fused_pixels : {kAllPixels, kNoPixels}) {
    OnDevice run(device_, of, {.fused_pixels = fused_pixels});
    const int barriers = run.Run();
    EXPECT_GE(barriers, run.network().steps() / 2);
    EXPECT_EQ(device_.instance().TakeMessages(), "");
    for (int omitted = 0; omitted < barriers; omitted += testing::kSanitized ? 7 : 1) {
      run.Run(omitted);
      EXPECT_NE(device_.instance().TakeMessages().find("SYNC-HAZARD"), std::string::npos)
          << omitted << " of " << barriers;
    }
  }
}

TEST_F(VulkanNetworkTest, TimesEachStep) {
  const Case of(testing::Model("mixture"), 1);
  OnDevice run(device_, of, {});
  run.Run();
  const std::vector<gpu::StepTime> times = run.StepTimes();
  ASSERT_EQ(times.size(), static_cast<size_t>(run.network().steps()));
  EXPECT_EQ(times.back().name, "output");
  for (const gpu::StepTime& time : times) EXPECT_GE(time.seconds, 0) << time.name;
}

PFN_vkGetPhysicalDeviceProperties real_properties;
void (*change_limits)(VkPhysicalDeviceLimits&);

/// A device that says less of itself than it can.
std::unique_ptr<gpu::Device> LimitedDevice(void (*change)(VkPhysicalDeviceLimits&)) {
  change_limits = change;
  return std::make_unique<gpu::Device>(
      gpu::Instance::Open({.change =
                               [](gpu::Functions& functions) {
                                 real_properties = functions.GetPhysicalDeviceProperties;
                                 functions.GetPhysicalDeviceProperties =
                                     [](VkPhysicalDevice device, VkPhysicalDeviceProperties* of) {
                                       real_properties(device, of);
                                       change_limits(of->limits);
                                     };
                               }}),
      0);
}

TEST(VulkanNetworkLimits, AreKeptOrNamed) {
  const Case of(testing::Model("mixture"), 1);
  const auto expect_error = [&](void (*change)(VkPhysicalDeviceLimits&), const std::string& says) {
    const auto device = LimitedDevice(change);
    testing::ExpectError(ErrorCode::kUnsupported, {"device vulkan:0 (", says},
                         [&] { const VulkanNetwork network(*device, of.plan, {}); });
  };
  expect_error([](VkPhysicalDeviceLimits& l) { l.maxComputeWorkGroupInvocations = 128; },
               "workgroups of 256 at least, found 128");
  expect_error([](VkPhysicalDeviceLimits& l) { l.maxComputeSharedMemorySize = 16384; },
               "memory in bytes of 18432 at least, found 16384");
  expect_error([](VkPhysicalDeviceLimits& l) { l.maxStorageBufferRange = 1000; }, "found 1000");
  // Room for the largest tensors of a few frames, and for few blocks in one kernel.
  const auto device = LimitedDevice([](VkPhysicalDeviceLimits& l) {
    l.maxStorageBufferRange = 3 * 66 * 66 * 48 * 2;
    l.maxComputeSharedMemorySize = kMostSharedBytes;
  });
  const VulkanNetwork network(*device, of.plan, {.batch = 100});
  EXPECT_GT(network.batch(), 1);
  EXPECT_LT(network.batch(), 10);
  EXPECT_LE(testing::LargestDifference(Predictions(*device, of, {}), of.expected), 1);
}

}  // namespace
}  // namespace mouthpiece::vulkan
