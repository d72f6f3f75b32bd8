// What is seen behind pictures that are transparent in part: a colour, a picture, a video.
#ifndef MOUTHPIECE_MEDIA_BACKDROP_H_
#define MOUTHPIECE_MEDIA_BACKDROP_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "image/frame.h"
#include "image/image.h"
#include "media/video_index.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// A file, looked at once, or a colour.
struct Backdrop {
  std::string name;                             ///< As given
  std::optional<std::array<uint8_t, 3>> color;  ///< R, G, B
  std::optional<VideoIndex> video;              ///< Neither: a picture
  int width = 0;                                ///< Of a picture or video
  int height = 0;

  bool is_file() const { return !color; }
};

/// "#rrggbb", or the name of a JPEG, PNG or video. Throws Error: kInvalidArgument for another
/// colour, kBadMedia naming the file.
Backdrop ReadBackdrop(const std::string& name);

/// R, G, B of "#rrggbb"; null for anything else.
std::optional<std::array<uint8_t, 3>> ParseColor(const std::string& text);

/// Scales a backdrop so that it covers pictures of a size, its middle in their middle. Not
/// thread-safe.
class BackdropReader {
 public:
  /// `backdrop` outlives it. The pictures have `color`, and are shown `frame_rate` a second.
  BackdropReader(const Backdrop& backdrop, int width, int height, const ColorTags& color,
                 Rational frame_rate, CancelToken cancel);
  ~BackdropReader();

  /// What is behind output frame `index` of the whole job; a video starts over at its end. kYuv420,
  /// valid until the next call. Throws Error.
  ConstPictureView At(int64_t index);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_BACKDROP_H_
