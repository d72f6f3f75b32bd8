// Decoded frames of any pixel format as 8-bit YUV 4:2:0.
#ifndef MOUTHPIECE_MEDIA_TO_YUV420_H_
#define MOUTHPIECE_MEDIA_TO_YUV420_H_

#include <filesystem>

#include "image/image.h"
#include "image/tone_curve.h"
#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Keeps luma and chroma as they are and only changes sampling, depth and layout; RGB becomes
/// BT.601; grey gets chroma without colour, transparency is dropped. More than 8 bits are rounded,
/// and mapped from a high dynamic range if there is one. Keeps its buffers. Not thread-safe.
class ToYuv420 {
 public:
  ToYuv420(std::filesystem::path path, ColorRange range, DynamicRange mapped_range)
      : path_(std::move(path)), range_(range), mapped_range_(mapped_range) {}

  /// Valid until `source` or this changes; of frames that are already so, a view. Throws Error
  /// (kUnsupported) naming the file.
  ConstPictureView Convert(const AVFrame& source);

 private:
  const AVFrame& Resample(const AVFrame& source, AVPixelFormat target);
  ConstPictureView Reduce(const AVFrame& source, int depth, bool is_gray);

  const std::filesystem::path path_;
  const ColorRange range_;
  const DynamicRange mapped_range_;
  ScalerPtr scaler_;
  int scaled_format_ = AV_PIX_FMT_NONE;  ///< That the scaler takes
  FramePtr scaled_;
  CodeTables tables_;
  int tables_depth_ = 0;
  Picture reduced_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_TO_YUV420_H_
