// Help for tests of the JPEG encoder.
#ifndef MOUTHPIECE_JPEG_TEST_SUPPORT_H_
#define MOUTHPIECE_JPEG_TEST_SUPPORT_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace mouthpiece::testing {

/// The file that libjpeg makes of the planes, in full range, with its accurate integer DCT.
std::vector<uint8_t> EncodeWithLibjpeg(ConstPictureView picture, int quality, int restart_interval);

/// Runs `check` at every Highway target that was compiled and that this machine has.
template <typename Check>
void OnEveryTarget(Check check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    SCOPED_TRACE(hwy::TargetName(target));
    check();
    hwy::SetSupportedTargetsForTest(0);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_JPEG_TEST_SUPPORT_H_
