// Encodes a video in segments that do not depend on each other.
#ifndef MOUTHPIECE_MEDIA_SEGMENTED_ENCODER_H_
#define MOUTHPIECE_MEDIA_SEGMENTED_ENCODER_H_

#include <cstdint>
#include <memory>

#include "image/frame.h"
#include "media/encoder_input.h"
#include "media/encoder_settings.h"
#include "media/ffmpeg.h"
#include "media/video_encoder.h"

namespace mouthpiece::media {

/// Like VideoEncoder, but every EncoderSettings::segment_frames frames a fresh encoder takes over.
/// An encoder's rate control and lookahead remember all that came before, keyframe or not; a fresh
/// one remembers nothing, so that a segment comes out the same on a machine that encodes it alone.
///
/// The old encoder is emptied, two packets a frame, while the new one fills its lookahead: neither
/// the cores nor the frames' sender wait for it.
class SegmentedEncoder {
 public:
  explicit SegmentedEncoder(const EncoderSettings& settings);

  /// Of any segment: what the stream is made of is the same in all of them.
  const AVCodecContext& context() const { return current_->context(); }

  void Send(Frame frame);
  /// No more frames will come.
  void SendEnd();
  /// The next packet, in decoding order; false when there is none for now (after SendEnd: ever).
  bool Receive(AVPacket& packet);

 private:
  std::unique_ptr<VideoEncoder> NewEncoder();
  void StartSegment();

  const EncoderSettings settings_;
  EncoderInput input_;
  int64_t frames_ = 0;                    ///< Sent so far
  std::unique_ptr<VideoEncoder> ending_;  ///< Of the segment before, as long as it holds packets
  std::unique_ptr<VideoEncoder> current_;
  int to_empty_ = 0;  ///< Packets that may still be taken from ending_ for now
  bool ended_ = false;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SEGMENTED_ENCODER_H_
