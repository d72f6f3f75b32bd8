#include "device/open_device.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

TEST(CheckDeviceName, KnowsTheCpuAndGpusByNumber) {
  for (const char* name :
       {"cpu", "auto", "vulkan", "vulkan:0", "vulkan:12", "vulkan:0,vulkan:1", "vulkan,vulkan:1"}) {
    EXPECT_NO_THROW(CheckDeviceName(name)) << name;
  }
}

TEST(CheckDeviceName, RefusesOthers) {
  for (const char* name : {"",
                           "gpu",
                           "gpu:0",
                           "CPU",
                           "cpu:0",
                           "cpu,cpu",
                           "cpu,vulkan",
                           "cpu,vulkan:0",
                           "vulkan,",
                           ",vulkan",
                           "vulkan:",
                           "vulkan:-1",
                           "vulkan:+1",
                           "vulkan:1x",
                           "vulkan: 1",
                           "vulkan1",
                           "vulkan:0:1",
                           "vulkan:99999999999",
                           "vulkan:0;vulkan:1",
                           "vulkan:0,",
                           "auto,vulkan:0",
                           "vulkan:0,auto",
                           "Vulkan"}) {
    SCOPED_TRACE(name);
    ExpectError(ErrorCode::kInvalidArgument,
                {"device: expected cpu, auto, vulkan", "found \"" + std::string(name) + "\""},
                [&] { CheckDeviceName(name); });
  }
}

}  // namespace
}  // namespace mouthpiece
