#include "device/device_keeper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>

#include "mouthpiece/avatar.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

constexpr int64_t kRowSize = 512;

/// The drawn package with a network that the fused engine runs.
struct DeviceKeeperTest : ::testing::Test {
  DeviceKeeperTest() {
    std::filesystem::copy_file(testing::Model("unet_thin"),
                               folder.path() / "checkpoint/model_best.onnx",
                               std::filesystem::copy_options::overwrite_existing);
    avatar = Avatar::Open(folder.path());
  }

  DeviceKeeper::Loan Borrow() { return keeper.Borrow(PackageOf(*avatar), settings, kRowSize); }

  const testing::TestPackage folder;
  std::shared_ptr<const Avatar> avatar;
  const DeviceSettings settings{.precision = Precision::kF32, .batch = 1, .threads = 1};
  DeviceKeeper keeper;
};

TEST_F(DeviceKeeperTest, LendsDevicesOfTheSameWeightsToRendersAtTheSameTime) {
  const DeviceKeeper::Loan first = Borrow();
  const DeviceKeeper::Loan second = Borrow();
  EXPECT_NE(first.get(), second.get());
  EXPECT_NE(first->info().weights, nullptr);
  EXPECT_EQ(first->info().weights, second->info().weights);
}

class FakeDevice final : public Device {
 public:
  explicit FakeDevice(bool broken) : broken_(broken) { info_.audio_shape = {32, 16, 16}; }

  const EngineInfo& info() const override { return info_; }
  std::span<float> Fill(int, int, const SourceFrame&, const Placement&) override { return {}; }
  void Start(int, int) override {}
  void Wait(int) override {}
  void Composite(int, std::span<SourceFrame>) override {}
  double busy_seconds() const override { return 0; }
  bool is_broken() const override { return broken_; }

 private:
  const bool broken_;
  EngineInfo info_;
};

TEST_F(DeviceKeeperTest, KeepsADeviceUnlessItBroke) {
  const auto lend = [&](bool broken) -> const Device* {
    return DeviceKeeper::Loan(keeper, settings, {.name = "cpu", .reason = ""},
                              std::make_unique<FakeDevice>(broken), 0)
        .get();
  };
  lend(true);
  EXPECT_GT(Borrow().load_wall_s(), 0);
  const Device* const kept = lend(false);
  EXPECT_EQ(Borrow().get(), kept);
}

}  // namespace
}  // namespace mouthpiece
