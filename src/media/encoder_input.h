// Frames as an encoder takes them: lent where possible, copied or converted where not.
#ifndef MOUTHPIECE_MEDIA_ENCODER_INPUT_H_
#define MOUTHPIECE_MEDIA_ENCODER_INPUT_H_

#include <atomic>
#include <optional>

#include "image/frame.h"
#include "image/palette.h"
#include "media/encoder_settings.h"
#include "media/ffmpeg.h"

namespace mouthpiece::media {

struct BufferPoolFree {
  void operator()(AVBufferPool* p) const { av_buffer_pool_uninit(&p); }
};

/// Turns 4:2:0 frames into AVFrames of the pixel format that suits `codec` best. Outlives the
/// encoder that reads them. Not thread-safe, but frames may be released from any thread.
class EncoderInput {
 public:
  /// At most `settings.most_lent` frames are lent at a time; while an encoder holds that many,
  /// further ones are copied, so that one that looks far ahead cannot starve whoever lends the
  /// frames.
  explicit EncoderInput(const EncoderSettings& settings);

  AVPixelFormat pixel_format() const { return pixel_format_; }
  /// Of the pictures that the encoder sees.
  const ColorTags& color() const { return target_color_; }
  /// Unknown where the encoder is not told of fields.
  FieldOrder field_order() const { return field_order_; }

  /// Valid until Release(); an encoder that keeps it takes a reference of its own. `quality` is
  /// the encoder's global_quality.
  const AVFrame& Take(Frame frame, int64_t pts, int quality);
  void Release() { av_frame_unref(frame_.get()); }

 private:
  void Lend(Frame frame);
  void FillOwn(const PictureView& picture, const Plane& alpha);
  void FillNumbers(const PictureView& picture);

  const int width_;
  const int height_;
  const bool has_alpha_;
  const int most_lent_;
  const bool copies_itself_;  ///< The encoder is an outside library that takes any alignment
  const FieldOrder field_order_;
  const ColorTags source_color_;
  ColorTags target_color_;
  AVPixelFormat pixel_format_;
  std::atomic<int> lent_{0};
  std::unique_ptr<AVBufferPool, BufferPoolFree> pool_;
  bool makes_jfif_ = false;              ///< The planes are converted to what JPEGs hold
  std::optional<PaletteMapper> mapper_;  ///< Of frames that have a palette
  Picture bgr_;                          ///< On their way to it
  ScalerPtr
      scaler_;  ///< Null: the planes are taken as they are, unless one of those above is there
  FramePtr frame_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_ENCODER_INPUT_H_
