// Decodes the sound of a file.
#ifndef MOUTHPIECE_MEDIA_AUDIO_DECODER_H_
#define MOUTHPIECE_MEDIA_AUDIO_DECODER_H_

#include <filesystem>
#include <string>

#include "base/cancel.h"
#include "media/ffmpeg.h"
#include "media/sound_frames.h"

namespace mouthpiece::media {

/// Decodes an audio track of a file, or of standard input for "-", a little at a time. What is
/// damaged is left out; the times of the frames show how much that was. WAV, W64, AIFF, CAF, MP4,
/// Matroska and ASF files that were joined byte by byte are one sound.
class AudioDecoder : public SoundFrames {
 public:
  /// `track`: from 1, in the file's order; 0: the best. Decodes the first frame. Throws Error:
  /// kBadMedia naming the file when it holds no sound that can be decoded, kCancelled, as does
  /// Next: also while a pipe has nothing to give, once a signal interrupts the wait.
  explicit AudioDecoder(const std::filesystem::path& path, int track = 0, CancelToken cancel = {});
  AudioDecoder(const AudioDecoder&) = delete;
  AudioDecoder& operator=(const AudioDecoder&) = delete;

  const SoundInfo& info() const override { return info_; }
  bool Next(AVFrame& frame) override;

 private:
  /// The whole input, or the first of several that were joined.
  InputPtr OpenFirst();
  /// Opens the stream that is to be heard.
  void Open(int track);
  int FindStream(int track, const AVCodec** codec);
  bool Decode();
  /// Goes on with what another file of the same kind, joined to this one, holds; false without one.
  bool OpenNextPart();
  /// Says so if a WAV file in a pipe is followed by more than its tags.
  void CheckRestOfPipe();
  [[noreturn]] void Fail(const std::string& what) const;

  const std::filesystem::path path_;
  SoundInfo info_;
  const CancelToken cancel_;  ///< The input refers to it
  InputPtr input_;
  int stream_ = 0;
  CodecContextPtr decoder_;
  PacketPtr packet_;
  FramePtr frame_;  ///< The first one until it is asked for
  bool draining_ = false;
  int64_t heard_bytes_ = 0;  ///< Where the last packet of sound ends in the input
  int64_t part_start_ = 0;   ///< Where in the file the one begins that is read
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_AUDIO_DECODER_H_
