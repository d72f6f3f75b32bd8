// Rendered frames for a caller that takes them one by one.
#ifndef MOUTHPIECE_FRAME_STREAM_H_
#define MOUTHPIECE_FRAME_STREAM_H_

#include <functional>
#include <memory>

#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/options.h"
#include "mouthpiece/renderer.h"
#include "mouthpiece/video_frame.h"

namespace mouthpiece {

/// Renders as Renderer::Render does, by threads of its own, a few frames ahead of the caller; the
/// frames are those that it writes. Next() is for one thread at a time, Stop() for any.
class MOUTHPIECE_EXPORT FrameStream {
 public:
  /// Starts, with the network that `renderer` keeps. `hooks.cancel` is not used: see Stop(). The
  /// hooks are called by the stream's threads.
  FrameStream(std::shared_ptr<Renderer> renderer, Job job, Hooks hooks = {});
  /// Stops and waits for the threads. Frames that were given stay valid.
  ~FrameStream();
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  /// Waits for the next frame; none after the last one and after Stop(). `while_waiting` is called
  /// every 50 ms until then; what it throws ends the wait. Throws Error, once, when rendering
  /// failed: also for what is wrong with the job, and in a process that was forked off since.
  VideoFrame Next(const std::function<void()>& while_waiting = {});
  /// Stops rendering: Next() gives nothing any more.
  void Stop();
  /// What it cost; null until Next() said that there is no more, or when it was stopped before.
  const RenderStats* stats() const;

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_FRAME_STREAM_H_
