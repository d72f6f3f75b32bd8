// Who keeps what of an avatar's frames the compositor leaves alone.
#ifndef MOUTHPIECE_IMAGE_BACKGROUND_KEEPER_H_
#define MOUTHPIECE_IMAGE_BACKGROUND_KEEPER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "image/image.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Takes whole frames of the avatar once and keeps them in a form of its own, so that only the
/// surroundings of each rectangle have to be there as samples afterwards. Thread-safe.
class BackgroundKeeper {
 public:
  virtual ~BackgroundKeeper() = default;

  /// What is still needed of a frame whose mouth lies in `rect`: contains it, its origin is even.
  virtual Rect PartAround(const Rect& rect) const = 0;
  /// Bytes of memory that a frame can be expected to take, or more.
  virtual uint64_t ExpectedBytes() const = 0;
  /// Keeps frame `source_index`, kYuv420, once. Returns the bytes of memory that it takes.
  virtual uint64_t Keep(int source_index, const Rect& rect, ConstPictureView picture) = 0;

  /// What is kept of a frame, kYuv420, as bytes.
  virtual std::vector<uint8_t> Form(const Rect& rect, ConstPictureView picture) = 0;
  /// What decides over those bytes beside the frame and its rectangle: "jpeg 95".
  virtual std::string FormName() const = 0;
  /// Keeps what a Form of that name gave for the frame, a part of `memory`, in place of the frame.
  virtual uint64_t KeepForm(int source_index, const Rect& rect, std::span<const uint8_t> form,
                            std::shared_ptr<const void> memory) = 0;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMAGE_BACKGROUND_KEEPER_H_
