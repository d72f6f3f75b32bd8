// The stages of a render, overlapping over bounded queues.
#ifndef MOUTHPIECE_RENDER_PIPELINE_H_
#define MOUTHPIECE_RENDER_PIPELINE_H_

#include <cstdint>
#include <functional>
#include <span>

#include "base/cancel.h"
#include "base/timing.h"
#include "device/device.h"
#include "image/kept_pixels.h"
#include "mouthpiece/types.h"
#include "sink/sink.h"
#include "speech/window_source.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// Frames queued between the compositor and the sink.
inline constexpr int kSinkQueueFrames = 4;

/// What a pipeline works with; everything is borrowed and outlives it.
struct PipelineParts {
  FrameReader* reader = nullptr;
  Device* device = nullptr;
  Sink* sink = nullptr;
  WindowSource* windows = nullptr;
  std::span<const Rect> rectangles;  ///< By avatar frame
  const KeptPixels* kept = nullptr;  ///< Inside rectangles; null: none
  int64_t first_frame = 0;           ///< Number of the first output frame
  int64_t frame_count = 0;           ///< At most, if the speech ends it
  bool ends_with_speech = false;     ///< Frames that `windows` says to lie behind it are none
  AudioWindowMode audio_window = AudioWindowMode::kZero;
  Resample resample = Resample::kLinear;
  CancelToken cancel;
  std::function<void(int64_t done)> progress;  ///< Called on the calling thread
};

struct PipelineTimes {
  StageTime prepare;
  StageTime composite;
  int64_t frames = 0;  ///< That were rendered
};

/// Renders the frames: one thread reads frames and fills batches, one composites, the
/// calling thread hands frames to the sink, in order. Does not call Sink::Finish. Throws the
/// first error of any stage after all have stopped; no frame is held and no request runs then.
PipelineTimes RunPipeline(const PipelineParts& parts);

/// Frames a reader must be able to lend at once for this device and sink.
int FramesInFlight(const Device& device, const Sink& sink);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_PIPELINE_H_
