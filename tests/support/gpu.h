// The GPU of tests: Mesa's software device, which every machine has, under the validation layer.
#ifndef MOUTHPIECE_TESTS_SUPPORT_GPU_H_
#define MOUTHPIECE_TESTS_SUPPORT_GPU_H_

#include <gtest/gtest.h>

#include <memory>

#include "gpu/device.h"
#include "gpu/instance.h"

namespace mouthpiece::testing {

/// One instance a program, so that its drivers start once. Fails where there is no driver: tests
/// of GPUs never pass unseen.
inline const std::shared_ptr<const gpu::Instance>& ValidatedInstance() {
  static const std::shared_ptr<const gpu::Instance> instance =
      gpu::Instance::Open({.validation = true});
  return instance;
}

/// Tests on the first device, behind which the validation layer has nothing to say.
class OnGpu : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(device_.instance().TakeMessages(), ""); }

  gpu::Device device_{ValidatedInstance(), 0};
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_GPU_H_
