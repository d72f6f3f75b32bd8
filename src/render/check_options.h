// Checking of what a caller chose, at the door.
#ifndef MOUTHPIECE_RENDER_CHECK_OPTIONS_H_
#define MOUTHPIECE_RENDER_CHECK_OPTIONS_H_

#include "mouthpiece/options.h"

namespace mouthpiece {

/// Each throws Error (kInvalidArgument) for the first value that is out of its range.
void CheckMachine(const Machine& machine);
void CheckJob(const Job& job);
void CheckOutput(const Output& output);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_CHECK_OPTIONS_H_
