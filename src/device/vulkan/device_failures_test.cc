// GPUs that run out of memory or are lost while they work on a job.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "device/vulkan/vulkan_device.h"
#include "gpu/instance.h"
#include "support/device_job.h"
#include "support/errors.h"
#include "support/failing_gpu.h"
#include "support/fixtures.h"
#include "support/rounds.h"

namespace mouthpiece {
namespace {

using testing::ErrorOf;
using testing::planted_failure;
using Pictures = std::vector<std::vector<uint8_t>>;

constexpr int kSide = 18;
constexpr int kFirstGpu[] = {0};
const std::vector<int> kOrder = {0, 1, 2, 3, 1};

class DeviceFailures : public ::testing::Test {
 protected:
  void TearDown() override {
    planted_failure.Clear();
    EXPECT_EQ(instance_->TakeMessages(), "");
  }

  std::unique_ptr<Device> Open(void (*put_traps)(gpu::Functions&)) {
    if (!instance_) instance_ = gpu::Instance::Open({.validation = true, .change = put_traps});
    return OpenVulkanDevice(instance_, job_.package(), {.batch = 1}, kFirstGpu, 0);
  }

  testing::DeviceJob job_{testing::Model("mixture_small"), kSide, 4};
  std::shared_ptr<const gpu::Instance> instance_;
};

void PutAllocationTrap(gpu::Functions& functions) {
  testing::PutTraps<&gpu::Functions::AllocateMemory>(functions);
}

TEST_F(DeviceFailures, MemoryThatIsNotThereIsNamedWhenTheDeviceIsOpened) {
  Open(PutAllocationTrap);
  int failures = 0;
  for (bool fails = true; fails; failures += testing::kSanitized ? 5 : 1) {
    planted_failure.Plant(failures, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    try {
      Open(PutAllocationTrap);
      fails = false;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
      EXPECT_TRUE(testing::Contains(error, "device vulkan:0 (")) << error.what();
      EXPECT_TRUE(testing::Contains(error, " MiB for ")) << error.what();
    }
    EXPECT_EQ(instance_->TakeMessages(), "") << failures;
  }
  EXPECT_GE(failures, 20);
}

TEST_F(DeviceFailures, ADeviceGoesOnWhenMemoryForOneRequestWasNotThere) {
  const auto device = Open(PutAllocationTrap);
  SourceFrame source = job_.Frame(0, 0);
  for (const int before : {0, 1}) {  // of what the first request takes beside what was there
    job_.Fill(*device, 0, 0, 0, source);
    planted_failure.Plant(before, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    testing::ExpectError(ErrorCode::kUnsupported, {"1 MiB for a batch's rectangles"},
                         [&] { device->Start(0, 1); });
  }
  planted_failure.Clear();
  EXPECT_FALSE(device->is_broken());
  EXPECT_TRUE(job_.Render(*device, kOrder) == job_.Render(*Open(nullptr), kOrder));
}

TEST_F(DeviceFailures, AJobOnADeviceThatIsLostEndsWithAnError) {
  for (const VkResult result : {VK_ERROR_DEVICE_LOST, VK_TIMEOUT}) {
    for (int before = 0; before < (testing::kSanitized ? 3 : 8); ++before) {
      const auto device = Open(testing::PutLossTraps);
      planted_failure.Plant(before, result, true);
      const Error error = ErrorOf([&] { job_.Render(*device, kOrder); });
      EXPECT_EQ(error.code(), ErrorCode::kInternal) << error.what();
      EXPECT_TRUE(testing::Contains(error, "device vulkan:0 (")) << error.what();
      EXPECT_TRUE(device->is_broken());
      planted_failure.Clear();
    }
  }
}

TEST_F(DeviceFailures, NothingKeepsTheProgramFromForkingAfterAFailure) {
  const auto device = Open(testing::PutLossTraps);
  for (const int before : {0, 1}) {
    SourceFrame source = job_.Frame(0, 0);
    job_.Fill(*device, 0, 0, 0, source);
    planted_failure.Plant(before, VK_ERROR_OUT_OF_HOST_MEMORY);
    EXPECT_EQ(ErrorOf([&] {
                device->Start(0, 1);
                device->Wait(0);
              }).code(),
              ErrorCode::kUnsupported);
    planted_failure.Clear();
    const pid_t child = fork();
    if (child == 0) _exit(0);
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
  }
  EXPECT_EQ(job_.Render(*device, kOrder).size(), kOrder.size());
}

PFN_vkGetPhysicalDeviceProperties real_properties;

TEST_F(DeviceFailures, BatchesAreCutToTheFacesThatADeviceCanReach) {
  constexpr uint32_t kReach = 200'000;
  instance_ = gpu::Instance::Open({.change = [](gpu::Functions& functions) {
    real_properties = functions.GetPhysicalDeviceProperties;
    functions.GetPhysicalDeviceProperties = [](VkPhysicalDevice device,
                                               VkPhysicalDeviceProperties* properties) {
      real_properties(device, properties);
      properties->limits.maxStorageBufferRange = kReach;
    };
  }});
  const auto device = OpenVulkanDevice(instance_, job_.package(), {.batch = 100}, kFirstGpu, 0);
  EXPECT_GT(device->info().batch, 1);
  EXPECT_LE(device->info().batch * device->info().requests * 6 * kSide * kSide,
            static_cast<int>(kReach));
  const auto reference = Open(nullptr);
  EXPECT_TRUE(job_.Render(*device, kOrder) == job_.Render(*reference, kOrder));
}

}  // namespace
}  // namespace mouthpiece
