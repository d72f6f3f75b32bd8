// Baseline JPEG from YUV 4:2:0 planes.
#ifndef MOUTHPIECE_JPEG_JPEG_ENCODER_H_
#define MOUTHPIECE_JPEG_JPEG_ENCODER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "image/color_matrix.h"
#include "image/image.h"
#include "jpeg/entropy_coder.h"
#include "jpeg/jpeg_setup.h"

namespace mouthpiece {

/// Pixels of luma that one MCU of 4:2:0 covers, in each direction.
inline constexpr int kMcuPixels = 2 * kBlockSize;

constexpr int McuCount(int pixels) { return (pixels + kMcuPixels - 1) / kMcuPixels; }

/// Makes the files that libjpeg makes of the planes, byte for byte, with its accurate integer DCT
/// and the standard Huffman tables. JFIF knows full range and BT.601 only, so what is otherwise is
/// converted (YuvToJfif). Not thread-safe: one a thread. Allocates nothing once it has warmed up.
class JpegEncoder {
 public:
  /// `restart_interval`: MCUs from one restart marker to the next; 0: no markers. `matrix`: of the
  /// pictures.
  explicit JpegEncoder(int quality, int restart_interval = 0, YuvMatrix matrix = YuvMatrix::kBt601);

  int restart_interval() const { return interval_; }
  /// `picture` is kYuv420 of any size. The result is valid until the next call. Throws Error.
  std::span<const uint8_t> Encode(ConstPictureView picture);

  /// Encodes segments of a larger picture: each row of MCUs of `part` begins one, the first row
  /// that with the number `first_segment`, each next row `segments_a_row` further on. What row i
  /// becomes, without a marker behind it, is result[ends[i - 1], ends[i]); `ends` keeps its memory.
  /// The result is valid until the next call.
  std::span<const uint8_t> EncodeRows(ConstPictureView part, int first_segment, int segments_a_row,
                                      std::vector<size_t>& ends);

 private:
  /// Adds a row of MCUs, the one that begins at row `top` of the picture.
  void AddRow(const ConstPictureView& picture, int top);
  /// A copy as JFIF has it.
  ConstPictureView Convert(const ConstPictureView& strip);

  JpegSetup setup_;
  int interval_;
  YuvMatrix matrix_;
  EntropyCoder coder_;
  McuRow row_;
  std::vector<uint8_t> converted_[3];  ///< A strip as JFIF has it
  GrowingBytes file_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JPEG_JPEG_ENCODER_H_
