// An avatar's pictures by number, and mouths of the caller's own put into them.
#ifndef MOUTHPIECE_COMPOSITOR_H_
#define MOUTHPIECE_COMPOSITOR_H_

#include <cstdint>
#include <memory>
#include <span>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/options.h"
#include "mouthpiece/video_frame.h"

namespace mouthpiece {

/// The pictures of a package as they are. Frames in ascending order cost least; another order is
/// as fast with CacheMode::kRam only, and elsewhere decodes from a keyframe on. Thread-safe; calls
/// take turns.
class MOUTHPIECE_EXPORT AvatarPictures {
 public:
  /// Opens the frame store: CacheMode::kRam decodes all from now on. Throws Error.
  explicit AvatarPictures(std::shared_ptr<const Avatar> avatar, const Machine& machine = {});
  ~AvatarPictures();

  /// Sides of a face, in pixels: 320 for SyncTalk_2D.
  int face_size() const;
  /// A copy of the full frame `index`. Throws Error (kInvalidArgument) when there is none of that
  /// number.
  VideoFrame Full(int index);
  /// What the network sees of frame `index`: six planes of face_size() x face_size() bytes, B, G, R
  /// of the face and B, G, R of the face with its lower part blacked out.
  void Face(int index, std::span<uint8_t> planes);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

/// Puts mouths into frames exactly as a Renderer does with those of its network, on the first
/// device of Machine::device ("auto" is the CPU). Thread-safe; calls take turns. Order of frames:
/// see AvatarPictures.
class MOUTHPIECE_EXPORT AvatarCompositor {
 public:
  /// Throws Error.
  explicit AvatarCompositor(std::shared_ptr<const Avatar> avatar, const Machine& machine = {},
                            Resample resample = Resample::kLinear);
  ~AvatarCompositor();

  /// Sides of a prediction, in pixels: 320 for SyncTalk_2D.
  int face_size() const;
  /// Frame `index` of the avatar with `prediction` in its place: three planes B, G, R of
  /// face_size() x face_size(), in [0, 255].
  VideoFrame Composite(int index, std::span<const uint8_t> prediction);
  /// The same in [0, 1], truncated to 8 bits as uint8(255 x) is; values outside are clamped, NaN
  /// counts as 0.
  VideoFrame Composite(int index, std::span<const float> prediction);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_COMPOSITOR_H_
