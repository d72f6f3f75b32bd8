// Behind a Stage: the avatar's network, encoders, frames and idle cache.
#ifndef MOUTHPIECE_LIVE_STAGE_STATE_H_
#define MOUTHPIECE_LIVE_STAGE_STATE_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "avatar/package.h"
#include "device/device.h"
#include "infer/audio_encoder.h"
#include "live/idle_mouths.h"
#include "live/job_queue.h"
#include "live/performer.h"
#include "mouthpiece/live.h"
#include "render/lent_frame.h"
#include "store/frame_store.h"

namespace mouthpiece::live {

/// The latest times of something. Thread-safe.
class Measured {
 public:
  void Add(double ms);
  /// A quarter of the latest took less: others that run at the same time are not counted with it.
  double ms() const;

 private:
  mutable std::mutex mutex_;
  std::vector<double> latest_;
  size_t next_ = 0;
};

struct Stage::State final : public Performer,
                            public Worker,
                            public std::enable_shared_from_this<Stage::State> {
  State(std::shared_ptr<const Avatar> avatar, std::shared_ptr<Scheduler::State> scheduler,
        const StageOptions& options);

  int AvatarFrame(int64_t frame) const override;
  double frame_ms() const override { return encoding.ms() + painting.ms(); }
  void Encode(std::span<const float> windows, std::span<float> rows) override;
  std::span<const float> silent_row() const override { return silence; }
  VideoFrame Paint(int avatar_frame, std::span<const float> window) override;
  bool HasIdle(int avatar_frame) const override { return idle.Has(avatar_frame); }
  VideoFrame PaintIdle(int avatar_frame) override;
  /// Makes one frame of the idle cache.
  void Work() override;

  SourceFrame Take(int avatar_frame, FrameOrigin& origin) const;
  /// Paints in place; `keep_idle`: into the idle cache, too.
  VideoFrame PaintFrame(int avatar_frame, std::span<const float> window, bool keep_idle);
  const Package& package() const { return PackageOf(*avatar); }

  const std::shared_ptr<const Avatar> avatar;
  const std::shared_ptr<Scheduler::State> scheduler;
  const StageOptions options;
  uint64_t bytes = 0;
  std::shared_ptr<FrameStore> store;
  std::unique_ptr<Device> device;
  IdleMouths idle;
  std::vector<float> silence;        ///< The row of a window that is silence
  std::vector<float> silent_window;  ///< That row again and again
  Measured encoding;
  Measured painting;
  std::mutex composite_mutex;  ///< The device composites one request at a time

  std::mutex mutex;
  std::condition_variable returned;
  std::vector<int> requests;  ///< Of the device that are free; this and what follows: by mutex
  std::vector<std::unique_ptr<AudioEncoder>> encoders;
  int filled = 0;  ///< Frames of the walk that the idle cache was offered
};

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_STAGE_STATE_H_
