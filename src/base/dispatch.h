// How every module calls the kernels that Highway compiled for several instruction sets.
#ifndef MOUTHPIECE_BASE_DISPATCH_H_
#define MOUTHPIECE_BASE_DISPATCH_H_

#include "base/instruction_set.h"

/// HWY_DYNAMIC_DISPATCH within the instruction sets that this process may use.
#define MOUTHPIECE_DISPATCH(function) (::mouthpiece::LimitHighway(), HWY_DYNAMIC_DISPATCH(function))

#endif  // MOUTHPIECE_BASE_DISPATCH_H_
