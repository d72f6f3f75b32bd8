// The devices of a render.
#ifndef MOUTHPIECE_RENDER_DEVICES_H_
#define MOUTHPIECE_RENDER_DEVICES_H_

#include <vector>

#include "mouthpiece/render.h"

namespace mouthpiece {

/// Throws Error (kInvalidArgument) when the list is none that ParseDevices gives, (kUnsupported)
/// when this build has no backend for one of them.
void CheckDevices(const std::vector<Device>& devices);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_DEVICES_H_
