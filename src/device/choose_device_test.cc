#include "device/choose_device.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mouthpiece {
namespace {

const SpeedRecord kCpuAt100{DeviceKind::kCpu, "Xeon", "", 100};
const SpeedRecord kCardAt500{DeviceKind::kDiscrete, "Card", "driver 1", 500};

std::vector<DeviceDescription> Gpus() {
  std::vector<DeviceDescription> gpus(3);
  gpus[0] = {.device = "vulkan:0", .name = "llvmpipe", .kind = DeviceKind::kSoftware};
  gpus[1] = {.device = "vulkan:1", .name = "Card", .kind = DeviceKind::kDiscrete};
  gpus[2] = {.device = "vulkan:2", .name = "Chip", .kind = DeviceKind::kIntegrated};
  for (DeviceDescription& gpu : gpus) {
    gpu.driver = "driver 1";
    gpu.is_usable = true;
  }
  return gpus;
}

std::string Chosen(const std::vector<SpeedRecord>& speeds, const DeviceSettings& settings = {}) {
  const DeviceChoice choice = ChooseFastest(settings, speeds, Gpus());
  EXPECT_FALSE(choice.reason.empty());
  return choice.name;
}

TEST(ChooseFastest, TakesTheCpuUnlessAGpuWasFaster) {
  EXPECT_EQ(Chosen({}), "cpu");
  EXPECT_EQ(Chosen({kCpuAt100}), "cpu");
  EXPECT_EQ(Chosen({kCardAt500}), "cpu") << "nothing to compare it with";
  EXPECT_EQ(Chosen({kCpuAt100, kCardAt500}), "vulkan:1");
  EXPECT_EQ(Chosen({kCpuAt100, {DeviceKind::kDiscrete, "Card", "driver 1", 99}}), "cpu");
}

TEST(ChooseFastest, TakesTheFastestOfSeveral) {
  const SpeedRecord chip{DeviceKind::kIntegrated, "Chip", "driver 1", 200};
  EXPECT_EQ(Chosen({chip, kCpuAt100}), "vulkan:2");
  EXPECT_EQ(Chosen({chip, kCpuAt100, kCardAt500}), "vulkan:1");
}

TEST(ChooseFastest, KnowsNothingOfAnotherDriverOrCard) {
  EXPECT_EQ(Chosen({kCpuAt100, {DeviceKind::kDiscrete, "Card", "driver 2", 500}}), "cpu");
  EXPECT_EQ(Chosen({kCpuAt100, {DeviceKind::kDiscrete, "Card 2", "driver 1", 500}}), "cpu");
}

TEST(ChooseFastest, NeverTakesSoftware) {
  EXPECT_EQ(Chosen({kCpuAt100, {DeviceKind::kSoftware, "llvmpipe", "driver 1", 500}}), "cpu");
}

TEST(ChooseFastest, LeavesToTheCpuWhatWasNotMeasuredOfGpus) {
  const std::vector<SpeedRecord> speeds{kCpuAt100, kCardAt500};
  EXPECT_EQ(Chosen(speeds, {.precision = Precision::kInt8}), "cpu");
  EXPECT_EQ(Chosen(speeds, {.precision = Precision::kF32}), "cpu");
  EXPECT_EQ(Chosen(speeds, {.engine = EngineKind::kOpenVino}), "cpu");
  EXPECT_EQ(Chosen(speeds, {.precision = Precision::kF16}), "vulkan:1");
}

}  // namespace
}  // namespace mouthpiece
