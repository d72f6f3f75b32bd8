// Preparing an avatar on its first use.
#ifndef MOUTHPIECE_PREPARE_PREPARE_FOR_H_
#define MOUTHPIECE_PREPARE_PREPARE_FOR_H_

#include "base/cancel.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/options.h"

namespace mouthpiece {

/// Makes what Prepare (mouthpiece/prepare.h) would make for `machine`, where that asks for it
/// (Machine::prepare) and it is not there. Throws Error as Prepare.
void PrepareFor(const Avatar& avatar, const Machine& machine, const CancelToken& cancel,
                const Hooks& hooks);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_PREPARE_PREPARE_FOR_H_
