// JPEG files of which only a rectangle has to be encoded.
#ifndef MOUTHPIECE_JPEG_JPEG_SPLICER_H_
#define MOUTHPIECE_JPEG_JPEG_SPLICER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"
#include "jpeg/jpeg_background.h"
#include "jpeg/jpeg_encoder.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// MCUs from one restart marker to the next that suit splicing a picture of that width; a divisor
/// of a row of MCUs. Short intervals cost bytes, long ones make the touched part wider.
int ChooseRestartInterval(int width);

/// The MCUs whose segments a rectangle touches, as a half-open rectangle in pixels of a
/// `width` x `height` picture with `interval` MCUs a segment. `rect` has pixels, all of them in
/// the picture; `interval` divides a row of MCUs.
Rect TouchedPixels(const Rect& rect, int width, int height, int interval);

/// `file` without what the segments in `touched` (as from TouchedPixels) hold: all of a background
/// that splicing there needs. Throws Error.
std::vector<uint8_t> WithoutSegments(std::span<const uint8_t> file, const Rect& touched, int width,
                                     int interval);

/// A file in pieces that follow each other.
using FilePieces = std::span<const std::span<const uint8_t>>;

/// Makes the file that encoding a whole picture makes, byte for byte, from the file of another
/// picture that differs inside a rectangle only. A restart marker resets all that entropy coding
/// remembers, so segments can be exchanged one by one. What is old is not even copied: the pieces
/// of the result lie in the background and in the encoder. They are valid until the next call and
/// as long as the background. Not thread-safe: one a thread. Allocates nothing once it has warmed
/// up.
class JpegSplicer {
 public:
  /// Encodes the touched part with `encoder`, which has restart intervals and made the backgrounds.
  explicit JpegSplicer(JpegEncoder& encoder) : encoder_(encoder) {}

  /// `picture` is what JpegEncoder::Encode takes; only the touched part of it is read. Throws
  /// Error.
  FilePieces Splice(const JpegBackground& background, const Rect& rect, ConstPictureView picture);
  /// The same for a picture of which only `part`, the touched pixels of `rect`, is there.
  FilePieces SplicePart(const JpegBackground& background, const Rect& rect, int width, int height,
                        ConstPictureView part);

 private:
  JpegEncoder& encoder_;
  std::vector<size_t> ends_;  ///< Of the rows of the touched part
  std::vector<std::span<const uint8_t>> pieces_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_JPEG_SPLICER_H_
