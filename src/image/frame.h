// Frames on their way through the pipeline.
#ifndef MOUTHPIECE_IMAGE_FRAME_H_
#define MOUTHPIECE_IMAGE_FRAME_H_

#include <cstdint>
#include <utility>

#include "image/image.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Whoever lent a frame's planes and takes them back.
class FrameOwner {
 public:
  /// Called once a lent frame, from any thread. `slot` is what the owner gave the Frame.
  virtual void TakeBack(int slot) noexcept = 0;

 protected:
  ~FrameOwner() = default;
};

/// Exclusive, movable use of one frame's planes until it is destroyed or reset. The owner
/// outlives every frame it lent.
class Frame {
 public:
  Frame() = default;
  Frame(PictureView picture, FrameOwner* owner, int slot)
      : picture_(picture), owner_(owner), slot_(slot) {}
  Frame(Frame&& other) noexcept
      : output_index(other.output_index),
        source_index(other.source_index),
        changed(other.changed),
        part(other.part),
        alpha(other.alpha),
        picture_(other.picture_),
        owner_(std::exchange(other.owner_, nullptr)),
        slot_(other.slot_) {}
  Frame& operator=(Frame&& other) noexcept {
    if (this != &other) {
      Reset();
      output_index = other.output_index;
      source_index = other.source_index;
      changed = other.changed;
      part = other.part;
      alpha = other.alpha;
      picture_ = other.picture_;
      owner_ = std::exchange(other.owner_, nullptr);
      slot_ = other.slot_;
    }
    return *this;
  }
  ~Frame() { Reset(); }

  void Reset() noexcept {
    if (owner_ != nullptr) std::exchange(owner_, nullptr)->TakeBack(slot_);
  }

  PictureView picture() const { return picture_; }
  /// Shows a part of the picture from now on.
  void Narrow(PictureView shown) { picture_ = shown; }

  int64_t output_index = 0;  ///< Position in the output, counted from 0 at the first one rendered.
  int source_index = 0;      ///< Frame of the avatar, 0-based.
  /// What differs from the frame of the avatar lies in here (chroma: in blocks that it touches).
  /// Empty: all of it may.
  Rect changed;
  /// What of the frame picture() holds: pixels of the frame, the origin even. Empty: all of it.
  Rect part;
  /// How opaque each pixel of picture() is; lent with it. No data: all of it is opaque.
  Plane alpha;

 private:
  PictureView picture_;
  FrameOwner* owner_ = nullptr;
  int slot_ = 0;
};

/// Colour description as ITU-T H.273 code points (2: unspecified), carried from source to output.
struct ColorTags {
  int primaries = 2;
  int transfer = 2;
  int matrix = 2;
  int chroma_location = 0;  ///< As in H.264's VUI plus one; 0: unspecified.
  ColorRange range = ColorRange::kLimited;
};

/// How the rows of a frame were taken: all at once, or every second one a field later.
enum class FieldOrder { kUnknown, kProgressive, kTopFirst, kBottomFirst };

constexpr bool IsInterlaced(FieldOrder order) {
  return order == FieldOrder::kTopFirst || order == FieldOrder::kBottomFirst;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_FRAME_H_
