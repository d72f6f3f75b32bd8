// One libavcodec video encoder.
#ifndef MOUTHPIECE_MEDIA_VIDEO_ENCODER_H_
#define MOUTHPIECE_MEDIA_VIDEO_ENCODER_H_

#include <cstdint>
#include <string>

#include "image/frame.h"
#include "media/encoder_input.h"
#include "media/encoder_settings.h"
#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Frames in, packets out. The time base is one frame; the n-th frame's time is first_frame + n.
class VideoEncoder {
 public:
  /// `input` makes the frames of this encoder, and outlives it. Throws Error (kInvalidArgument) for
  /// settings that the codec does not take.
  VideoEncoder(const EncoderSettings& settings, EncoderInput& input, int64_t first_frame);

  ~VideoEncoder();
  VideoEncoder(const VideoEncoder&) = delete;
  VideoEncoder& operator=(const VideoEncoder&) = delete;

  const AVCodecContext& context() const { return *context_; }

  void Send(Frame frame);
  /// No more frames will come.
  void SendEnd();
  /// The next packet, in decoding order; false when there is none for now (after SendEnd: ever).
  bool Receive(AVPacket& packet);

 private:
  [[noreturn]] void Fail(int status) const;

  std::string name_;  ///< Of the file, for messages
  EncoderInput& input_;
  CodecContextPtr context_;
  const int64_t first_frame_;
  int64_t frames_ = 0;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_VIDEO_ENCODER_H_
