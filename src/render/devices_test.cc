#include "render/devices.h"

#include <gtest/gtest.h>

#include "avatar/test_package.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

constexpr Device kCpu{};

Device Gpu(int index) { return {Device::Kind::kCuda, index}; }

TEST(ParseDevices, ReadsTheCpuOrSomeGpus) {
  EXPECT_EQ(ParseDevices("cpu"), std::vector{kCpu});
  EXPECT_EQ(ParseDevices("cuda"), std::vector{Gpu(0)});
  EXPECT_EQ(ParseDevices("cuda:3"), std::vector{Gpu(3)});
  EXPECT_EQ(ParseDevices("cuda:1,cuda:0,cuda:1"), (std::vector{Gpu(1), Gpu(0), Gpu(1)}));
}

TEST(ParseDevices, ReadsWhatToStringWrites) {
  for (const std::vector<Device>& devices :
       {std::vector{kCpu}, std::vector{Gpu(0)}, std::vector{Gpu(7), Gpu(7), Gpu(2)}}) {
    EXPECT_EQ(ParseDevices(ToString(devices)), devices);
  }
}

TEST(ParseDevices, RefusesAnyOtherText) {
  for (const char* text :
       {"", ",", "gpu", "cpu:0", "CPU", "cpu,cpu", "cpu,cuda", "cuda,", ",cuda", "cuda:", "cuda:-1",
        "cuda:x", "cuda:1x", "cuda: 1", "cuda0", "cuda:99999999999999999999"}) {
    ExpectError(ErrorCode::kInvalidArgument, {"device", text}, [&] { ParseDevices(text); });
  }
}

TEST(CheckDevices, AcceptsTheCpu) { EXPECT_NO_THROW(CheckDevices({kCpu})); }

TEST(CheckDevices, NeverFallsBackToTheCpu) {
  ExpectError(ErrorCode::kUnsupported, {"cuda:1,cuda:0", "CPU"}, [] {
    CheckDevices({Gpu(1), Gpu(0)});
  });
}

TEST(CheckDevices, RefusesListsThatNoTextGives) {
  for (const std::vector<Device>& devices : {std::vector<Device>{}, std::vector{kCpu, kCpu},
                                             std::vector{kCpu, Gpu(0)}, std::vector{Gpu(-1)}}) {
    ExpectError(ErrorCode::kInvalidArgument, {"device"}, [&] { CheckDevices(devices); });
  }
}

}  // namespace
}  // namespace mouthpiece
