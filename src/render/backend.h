// What makes the mouths of frames: the network and the compositing of one device.
#ifndef MOUTHPIECE_RENDER_BACKEND_H_
#define MOUTHPIECE_RENDER_BACKEND_H_

#include <memory>
#include <span>

#include "infer/engine.h"
#include "mouthpiece/render.h"
#include "mouthpiece/types.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// Requests of up to `info().batch` frames, `info().requests` of them at once. A request is filled
/// (SetFace, audio), started, waited for, composited frame by frame, and filled again. Only the
/// rectangle of a frame is written; where the faces lie in between, and whether a frame's planes
/// are reached by the same memory, is the backend's own business.
///
/// One thread fills and starts requests, another waits for them and composites.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual const EngineInfo& info() const = 0;

  /// Gives the network the face of a frame. `source` may go elsewhere afterwards; its face is
  /// read until the request was composited.
  virtual void SetFace(int request, int i, const SourceFrame& source) = 0;

  /// The audio window to be written, `info().audio_shape` values.
  virtual std::span<float> audio(int request, int i) = 0;

  /// Runs the first `count` frames of a request, asynchronously.
  virtual void Start(int request, int count) = 0;

  /// Waits until a started request can be composited. Throws Error (kInternal).
  virtual void Wait(int request) = 0;

  /// Writes the mouth of frame `i` into `source`, the frame it was filled from: the face resized to
  /// `rect` (of the whole frame), as Compositor does; what `source.kept` holds is never written.
  virtual void Composite(int request, int i, const Rect& rect, SourceFrame& source) = 0;

  /// Wall time during which the network ran (Engine::busy_seconds).
  virtual double busy_seconds() const = 0;
};

/// The network on an engine, the Compositor behind it. `geometry`: the package's face.
std::unique_ptr<Backend> CreateCpuBackend(std::unique_ptr<Engine> engine, FaceGeometry geometry,
                                          Resample resample);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_BACKEND_H_
