// A GPU as a device against the CPU's, under the validation layer.
#include "device/vulkan/vulkan_device.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "device/open_device.h"
#include "gpu/instance.h"
#include "infer/weights_keeper.h"
#include "support/device_job.h"
#include "support/errors.h"
#include "support/fixtures.h"
#include "support/gpu.h"
#include "support/gpu_drivers.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

using testing::DeviceJob;
using testing::ExpectError;
using Pictures = std::vector<std::vector<uint8_t>>;

constexpr int kSide = 66;       // of the mixture
constexpr int kSmallSide = 18;  // of the small one, for what does not depend on the network
constexpr int64_t kNoFeatures = 0;
constexpr int kFirstGpu[] = {0};
const std::vector<int> kOrder = {0, 1, 2, 3, 4, 3, 2, 1, 0, 0, 4};

class VulkanDeviceTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(testing::ValidatedInstance()->TakeMessages(), ""); }

  std::unique_ptr<Device> Open(const DeviceSettings& settings = {},
                               std::span<const int> gpus = kFirstGpu) const {
    return OpenVulkanDevice(testing::ValidatedInstance(), job_.package(), settings, gpus,
                            kNoFeatures);
  }

  std::unique_ptr<Device> OpenCpu(const DeviceJob& job) {
    return OpenDevice(job.package(), {.precision = Precision::kF32, .batch = 1, .threads = 1},
                      kNoFeatures, weights_);
  }

  WeightsKeeper weights_;
  DeviceJob job_{testing::Model("mixture_small"), kSmallSide, 5};
};

/// How far apart frames are at most; 256: one has other sizes.
int LargestDifference(const Pictures& a, const Pictures& b) {
  int largest = a.size() == b.size() ? 0 : 256;
  for (size_t f = 0; f < std::min(a.size(), b.size()); ++f) {
    if (a[f].size() != b[f].size()) return 256;
    for (size_t i = 0; i < a[f].size(); ++i) {
      largest = std::max(largest, std::abs(a[f][i] - b[f][i]));
    }
  }
  return largest;
}

double MeanDifference(const Pictures& a, const Pictures& b) {
  double sum = 0;
  double count = 0;
  for (size_t f = 0; f < a.size(); ++f) {
    for (size_t i = 0; i < a[f].size(); ++i) sum += std::abs(a[f][i] - b[f][i]);
    count += static_cast<double>(a[f].size());
  }
  return sum / count;
}

/// The frames of a job before anything is written.
Pictures Untouched(DeviceJob& job, const std::vector<int>& faces, bool in_parts) {
  Pictures pictures;
  for (size_t i = 0; i < faces.size(); ++i) {
    const SourceFrame source = job.Frame(static_cast<int>(i), faces[i], in_parts);
    pictures.push_back(testing::Samples(source.frame.picture()));
  }
  return pictures;
}

/// Samples that one of both wrote and the other did not; with the same before, that is never one.
int WrittenByOne(const Pictures& before, const Pictures& a, const Pictures& b) {
  int count = 0;
  for (size_t f = 0; f < before.size(); ++f) {
    for (size_t i = 0; i < before[f].size(); ++i) {
      const bool same_a = a[f][i] == before[f][i];
      const bool same_b = b[f][i] == before[f][i];
      if (same_a != same_b && std::abs(a[f][i] - b[f][i]) > 1) ++count;
    }
  }
  return count;
}

TEST_F(VulkanDeviceTest, IsWithinALevelOfTheCpuAndWritesWhereThatDoes) {
  for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
    DeviceJob job(testing::Model("mixture"), kSide, 5, range);
    if (range == ColorRange::kFull) job.Keep();
    const auto cpu = OpenCpu(job);
    const auto gpu =
        OpenVulkanDevice(testing::ValidatedInstance(), job.package(),
                         {.precision = Precision::kF32, .batch = 2}, kFirstGpu, kNoFeatures);
    EXPECT_EQ(gpu->info().precision, Precision::kF32);
    for (const DeviceJob::Options options :
         {DeviceJob::Options{Resample::kLinear, false}, {Resample::kCubic, true}}) {
      const std::vector<int> order = {0, 1, 2, 3, 4, 1};
      const Pictures before = Untouched(job, order, options.in_parts);
      const Pictures expected = job.Render(*cpu, order, options);
      const Pictures found = job.Render(*gpu, order, options);
      EXPECT_TRUE(expected != before);
      EXPECT_LE(LargestDifference(expected, found), 2);  // a level of the network's, one of ours
      EXPECT_LE(MeanDifference(expected, found), 0.01);
      EXPECT_EQ(WrittenByOne(before, expected, found), 0);
    }
    EXPECT_GT(gpu->busy_seconds(), 0);
  }
}

TEST_F(VulkanDeviceTest, AnyBatchAndAnyNumberOfDevicesGiveTheSameBytes) {
  const Pictures expected = job_.Render(*Open(), kOrder);
  for (const auto& [batch, gpus] : std::initializer_list<std::pair<int, std::vector<int>>>{
           {2, {0}}, {3, {0}}, {16, {0}}, {1, {0, 0}}, {2, {0, 0, 0}}}) {
    {
      const auto device = Open({.batch = batch}, gpus);
      EXPECT_EQ(device->info().batch, batch);
      EXPECT_EQ(device->info().requests, 3 * static_cast<int>(gpus.size()));
      EXPECT_TRUE(job_.Render(*device, kOrder) == expected) << batch << " on " << gpus.size();
    }
  }
}

TEST_F(VulkanDeviceTest, FacesThatMakeRoomForOthersComeBack) {
  const Pictures expected = job_.Render(*Open(), kOrder);
  // Room for those of the requests alone.
  const auto few = Open({.batch = 1, .device_memory = 1});
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(job_.Render(*few, kOrder) == expected);
  const auto all = Open({.batch = 2});
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(job_.Render(*all, kOrder) == expected);
}

TEST_F(VulkanDeviceTest, RequestsThatWereGivenUpLeaveNothingBehind) {
  const std::vector<int> all = {0, 1, 2, 3};
  // Faces of the avatar are new to the device in every case.
  DeviceJob job(testing::Model("mixture_small"), kSmallSide, 12 * 4);
  const auto device = OpenVulkanDevice(testing::ValidatedInstance(), job.package(), {.batch = 3},
                                       kFirstGpu, kNoFeatures);
  const auto reference = OpenVulkanDevice(testing::ValidatedInstance(), job.package(), {.batch = 3},
                                          kFirstGpu, kNoFeatures);
  int first = 0;
  const auto from_first = [&](std::vector<int> faces) {
    for (int& face : faces) face += first;
    return faces;
  };
  for (const std::vector<int>& old : {std::vector{1, 2, 3}, {1, 1, 1}, {2, 1, 1}}) {
    for (const std::vector<int>& next : {std::vector{3}, {0, 1}, {3, 1}, {0, 2, 2}}) {
      for (size_t i = 0; i < old.size(); ++i) {
        job.Fill(*device, 0, static_cast<int>(i), 9, job.Frame(9, first + old[i]));
      }
      for (const std::vector<int>& faces : {next, all}) {
        EXPECT_TRUE(job.Render(*device, from_first(faces)) ==
                    job.Render(*reference, from_first(faces)))
            << first;
      }
      first += 4;
    }
  }
}

TEST_F(VulkanDeviceTest, RequestsMayBelongToSeveralThreads) {
  const Pictures expected = job_.Render(*Open(), {0, 1, 2, 3, 4});
  const auto device = Open();
  std::vector<std::thread> threads;
  for (int request = 0; request < device->info().requests; ++request) {
    threads.emplace_back([&, request] {
      for (int round = 0; round < 5; ++round) {
        const int face = (request + round) % 5;
        SourceFrame source = job_.Frame(face, face);
        job_.Fill(*device, request, 0, face, source);
        device->Start(request, 1);
        device->Wait(request);
        // Composite() is for one at a time.
        static std::mutex mutex;
        const std::lock_guard lock(mutex);
        device->Composite(request, {&source, 1});
        EXPECT_TRUE(testing::Samples(source.frame.picture()) ==
                    expected[static_cast<size_t>(face)]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(VulkanDeviceTest, MayGoWhileRequestsRun) {
  for (int round = 0; round < 3; ++round) {
    const auto device = Open({.batch = 2});
    for (int request = 0; request < device->info().requests; ++request) {
      for (int i = 0; i < 2; ++i) job_.Fill(*device, request, i, i, job_.Frame(i, i));
      if (request < 2) device->Start(request, 2);
    }
  }
}

TEST_F(VulkanDeviceTest, RefusesWhatRunsOnTheCpuAlone) {
  for (const Precision precision : {Precision::kBf16, Precision::kInt8}) {
    ExpectError(ErrorCode::kUnsupported,
                {"precision: expected auto, f16 or f32 on device vulkan:0"},
                [&] { Open({.name = "vulkan:0", .precision = precision}); });
  }
  ExpectError(ErrorCode::kInvalidArgument, {"engine: expected auto or fused", "found openvino"},
              [&] { Open({.engine = EngineKind::kOpenVino}); });
  for (const char* name : {"stray_product", "small"}) {
    const DeviceJob job(testing::Model(name), kSide, 1);
    ExpectError(ErrorCode::kUnsupported, {name, "not for device vulkan:7"}, [&] {
      OpenVulkanDevice(testing::ValidatedInstance(), job.package(), {.name = "vulkan:7"}, kFirstGpu,
                       kNoFeatures);
    });
  }
  const DeviceJob other(testing::Model("mixture"), kSide + 2, 1);
  ExpectError(ErrorCode::kBadPackage, {"mixture.onnx", "68", "66"}, [&] {
    OpenVulkanDevice(testing::ValidatedInstance(), other.package(), {}, kFirstGpu, kNoFeatures);
  });
  ExpectError(ErrorCode::kInvalidArgument, {"device vulkan:99"},
              [&] { Open({}, std::vector{99}); });
}

TEST_F(VulkanDeviceTest, DevicesOfTwoDriversGiveTheSameBytes) {
  const testing::TempFolder folder;
  const testing::Drivers two({testing::SoftwareDriver(), testing::CopyOfSoftwareDriver(folder)});
  const Pictures expected = job_.Render(*Open(), kOrder);
  const auto both =
      OpenDevice(job_.package(), {.name = "vulkan:0,vulkan:1", .batch = 2}, kNoFeatures, weights_);
  EXPECT_EQ(both->info().requests, 6);
  EXPECT_EQ(both->info().description, Open()->info().description);  // one kind of device
  EXPECT_TRUE(job_.Render(*both, kOrder) == expected);
}

}  // namespace
}  // namespace mouthpiece
