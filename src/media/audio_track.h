// The audio stream of a video that is being written.
#ifndef MOUTHPIECE_MEDIA_AUDIO_TRACK_H_
#define MOUTHPIECE_MEDIA_AUDIO_TRACK_H_

#include <cstdint>
#include <memory>

#include "media/audio_source.h"
#include "media/ffmpeg.h"
#include "media/sound_frames.h"

namespace mouthpiece::media {

/// Part [start_s, start_s + duration_s) of a file's sound, cut to the sample: AAC in mp4 and mov.
/// AVI gets PCM and Matroska FLAC, since there libavformat has no way to tell of the delay that an
/// AAC encoder adds. Sample rate and mono or stereo are kept where the encoder has them. Works a
/// packet at a time.
class AudioTrack {
 public:
  AudioTrack(std::unique_ptr<SoundFrames> frames, double start_s, double duration_s,
             const AVOutputFormat& container);

  const AVCodecContext& encoder() const { return *encoder_; }
  int64_t packets() const;  ///< At most so many will come
  /// The next packet; false when there are no more.
  bool Next(AVPacket& packet);

 private:
  bool SendFrame();
  [[noreturn]] void Fail(int status) const;

  AudioSource source_;
  CodecContextPtr encoder_;
  FramePtr frame_;
  int frame_size_ = 0;
  int64_t count_ = 0;  ///< Samples of the part
  int64_t sent_ = 0;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_AUDIO_TRACK_H_
