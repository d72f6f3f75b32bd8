// Checking of RenderOptions.
#ifndef MOUTHPIECE_RENDER_OPTIONS_H_
#define MOUTHPIECE_RENDER_OPTIONS_H_

#include "mouthpiece/render.h"

namespace mouthpiece {

/// Throws Error (kInvalidArgument) for the first value that is out of its range.
void CheckOptions(const RenderOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_OPTIONS_H_
