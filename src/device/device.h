// What makes the mouths of frames: the network and the compositing of one device.
#ifndef MOUTHPIECE_DEVICE_DEVICE_H_
#define MOUTHPIECE_DEVICE_DEVICE_H_

#include <span>

#include "image/source_frame.h"
#include "infer/engine.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Where a mouth goes in its frame, and how it is fitted there.
struct Placement {
  Rect rect;  ///< Of the whole frame
  Resample resample = Resample::kLinear;
};

/// Requests of up to `info().batch` frames, `info().requests` of them at once. A request is filled
/// (Fill), started, waited for, composited, and filled again. Only the rectangle of a frame is
/// written; where the faces lie in between, and whether a frame's planes are reached by the same
/// memory, is the device's own business.
///
/// One thread fills and starts requests, another waits for them and composites.
class Device {
 public:
  virtual ~Device() = default;

  virtual const EngineInfo& info() const = 0;

  /// Gives the network the face of frame `i` of a request; frame 0 is the first of a request that
  /// is filled, and makes it forget one that never started. `source` may go elsewhere afterwards;
  /// its face is read until the request was composited. Returns the frame's audio window, to be
  /// written: `info().audio_shape` values.
  virtual std::span<float> Fill(int request, int i, const SourceFrame& source,
                                const Placement& placement) = 0;

  /// Runs the first `count` frames of a request, asynchronously.
  virtual void Start(int request, int count) = 0;

  /// Waits until a started request can be composited. Throws Error (kInternal).
  virtual void Wait(int request) = 0;

  /// Writes the mouths of a request into the frames it was filled from, all of them: each where it
  /// was placed, as Compositor does; what `kept` of a frame holds is never written. Throws Error
  /// (kBadPackage) when the network gave no face (generator_answer.h).
  virtual void Composite(int request, std::span<SourceFrame> frames) = 0;

  /// Wall time during which the network ran (Engine::busy_seconds).
  virtual double busy_seconds() const = 0;

  /// Whether it broke, as a GPU does that is lost: another job should open it anew.
  virtual bool is_broken() const { return false; }
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_DEVICE_H_
