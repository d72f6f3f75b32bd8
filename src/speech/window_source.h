// Where the generator's audio windows come from.
#ifndef MOUTHPIECE_SPEECH_WINDOW_SOURCE_H_
#define MOUTHPIECE_SPEECH_WINDOW_SOURCE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "avatar/features.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// The feature rows around each frame: all there from the start, or on their way.
class WindowSource {
 public:
  virtual ~WindowSource() = default;

  /// Fills `window`, an even number of rows, with rows [frame - half, frame + half), one after the
  /// other; rows outside the speech are zeros or the nearest row, as `mode` says. Waits until they
  /// are known. One thread asks, for frames in ascending order. Throws Error: what went wrong on
  /// the rows' way, kCancelled after Stop.
  virtual void Window(int64_t frame, AudioWindowMode mode, std::span<float> window) = 0;
  /// Whether the speech lasts until `frame`. Waits until that is known.
  virtual bool Lasts(int64_t /*frame*/) { return true; }
  /// Whether Window would wait for its rows.
  virtual bool IsComing(int64_t /*frame*/) { return false; }
  /// Ends waiting, now and from now on. For any thread.
  virtual void Stop() {}
  /// Seconds that making the rows took so far.
  virtual double busy_seconds() const { return 0; }
};

/// Windows of a finished table.
class TableWindows : public WindowSource {
 public:
  explicit TableWindows(std::shared_ptr<const FeatureTable> table) : table_(std::move(table)) {}

  void Window(int64_t frame, AudioWindowMode mode, std::span<float> window) override {
    CopyAudioWindow(*table_, frame, mode, window);
  }

 private:
  const std::shared_ptr<const FeatureTable> table_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_WINDOW_SOURCE_H_
