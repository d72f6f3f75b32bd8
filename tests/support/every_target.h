// Running a check with the kernels of every instruction set.
#ifndef MOUTHPIECE_TESTS_SUPPORT_EVERY_TARGET_H_
#define MOUTHPIECE_TESTS_SUPPORT_EVERY_TARGET_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>

#include "base/instruction_set.h"

namespace mouthpiece::testing {

/// Runs `check` at every Highway target that was compiled, that this machine has and that
/// MOUTHPIECE_INSTRUCTION_SET allows.
template <typename Check>
void OnEveryTarget(Check check) {
  LimitHighway();
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

#endif  // MOUTHPIECE_TESTS_SUPPORT_EVERY_TARGET_H_
