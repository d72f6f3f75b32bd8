// What can be wrong with a render before anything of it is read.
#ifndef MOUTHPIECE_RENDER_CHECK_PLACES_H_
#define MOUTHPIECE_RENDER_CHECK_PLACES_H_

#include "base/cancel.h"
#include "base/input_guard.h"
#include "mouthpiece/options.h"
#include "render/render_into.h"
#include "sink/output_plan.h"

namespace mouthpiece {

/// What the job and its output read beside the avatar.
InputPaths InputsBesideAvatar(const Job& job, const Output& output);

/// Throws Error (kInvalidArgument) for the first option that is wrong by itself, or with others.
void CheckOptions(const Job& job, const Output& output);

/// A render whose places were found good.
struct CheckedPlaces {
  OutputPlan output;
  InputPaths inputs;  ///< All that the job reads, which no output may replace
};

/// Throws Error when it is known already that the output or the statistics cannot be written.
/// Leaves nothing behind and opens no pipe.
/// `plan` is of `output`, fitted to the avatar's frames (FitToFrames).
CheckedPlaces CheckPlaces(const RenderContext& context, const Job& job, const Output& output,
                          OutputPlan plan, CancelToken cancel);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_CHECK_PLACES_H_
