#include "device/device_keeper.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "mouthpiece/avatar.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

constexpr int64_t kRowSize = 512;

TEST(DeviceKeeper, LendsDevicesOfTheSameWeightsToRendersAtTheSameTime) {
  const testing::TestPackage folder;
  // A network that the fused engine runs.
  std::filesystem::copy_file(testing::Model("unet_thin"),
                             folder.path() / "checkpoint/model_best.onnx",
                             std::filesystem::copy_options::overwrite_existing);
  const auto avatar = Avatar::Open(folder.path());
  const Package& package = PackageOf(*avatar);
  DeviceKeeper keeper;
  const DeviceSettings settings{.precision = Precision::kF32, .batch = 1, .threads = 1};
  const DeviceKeeper::Loan first = keeper.Borrow(package, settings, kRowSize);
  const DeviceKeeper::Loan second = keeper.Borrow(package, settings, kRowSize);
  EXPECT_NE(first.get(), second.get());
  EXPECT_NE(first->info().weights, nullptr);
  EXPECT_EQ(first->info().weights, second->info().weights);
}

}  // namespace
}  // namespace mouthpiece
