#include "device/open_device.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

TEST(CheckDeviceName, KnowsTheCpu) { EXPECT_NO_THROW(CheckDeviceName("cpu")); }

TEST(CheckDeviceName, RefusesWhatThisBuildHasNot) {
  for (const char* name : {"", "cuda", "cuda:0", "CPU", "cpu:0", "cpu,cpu"}) {
    SCOPED_TRACE(name);
    ExpectError(ErrorCode::kInvalidArgument,
                {"device: expected cpu, found \"" + std::string(name) + "\""},
                [&] { CheckDeviceName(name); });
  }
}

}  // namespace
}  // namespace mouthpiece
