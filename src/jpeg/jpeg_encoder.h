// Baseline JPEG from YUV 4:2:0 planes, through libjpeg.
#ifndef MOUTHPIECE_JPEG_JPEG_ENCODER_H_
#define MOUTHPIECE_JPEG_JPEG_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "image/image.h"

namespace mouthpiece {

/// Pixels of luma that one MCU of 4:2:0 covers, in each direction.
inline constexpr int kMcuPixels = 16;

constexpr int McuCount(int pixels) { return (pixels + kMcuPixels - 1) / kMcuPixels; }

/// Encodes pictures without resampling: libjpeg's integer DCT (the accurate one, so that files
/// equal those of other users of the library), the standard Huffman tables. JFIF knows full range
/// only, so limited range is expanded (LimitedToFull). Not thread-safe: one a thread.
class JpegEncoder {
 public:
  /// `restart_interval`: MCUs from one restart marker to the next; 0: no markers.
  explicit JpegEncoder(int quality, int restart_interval = 0);
  ~JpegEncoder();

  int restart_interval() const;
  /// `picture` is kYuv420 of any size. The result is valid until the next call. Throws Error.
  std::span<const uint8_t> Encode(ConstPictureView picture);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_JPEG_ENCODER_H_
