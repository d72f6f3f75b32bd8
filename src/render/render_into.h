// A render with the sink and the frames' lifetime in other hands.
#ifndef MOUTHPIECE_RENDER_RENDER_INTO_H_
#define MOUTHPIECE_RENDER_RENDER_INTO_H_

#include <functional>
#include <memory>

#include "base/cancel.h"
#include "base/per_process.h"
#include "device/device_keeper.h"
#include "mouthpiece/renderer.h"
#include "render/lent_frame.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "speech/drive.h"
#include "speech/encoder_keeper.h"
#include "store/store_keeper.h"

namespace mouthpiece {

/// What the renders of one Renderer share. Thread-safe.
struct RenderContext {
  const std::shared_ptr<const Avatar> avatar;
  const Machine machine;               ///< Checked
  PerProcess<DeviceKeeper> devices;    ///< Of `avatar`
  PerProcess<EncoderKeeper> encoders;  ///< The same, for speech
  PerProcess<StoreKeeper> stores;      ///< The same, with Machine::keep_frames
  CancelCount cancellations = 0;
};

/// How a render is run.
struct RenderRun {
  CancelToken cancel;
  Arriving arriving = Arriving::kAwait;
};

using SinkOpener =
    std::function<std::unique_ptr<Sink>(const OutputPlan&, const SinkJob&, const StreamFormat&)>;

/// Renders into the sink that `open_sink` gives, until `run.cancel` says so. `origin`, empty
/// before, outlives the sink and all frames that were written to it.
RenderStats RenderInto(RenderContext& context, const Job& job, const Output& output,
                       const Hooks& hooks, const RenderRun& run, const SinkOpener& open_sink,
                       FrameOrigin& origin);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_RENDER_INTO_H_
