// The sound of a file as samples on one clock.
#ifndef MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_
#define MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_

#include <cstdint>
#include <filesystem>

extern "C" {
#include <libavutil/audio_fifo.h>
}

#include "media/ffmpeg.h"

namespace mouthpiece::media {

struct FreeFifo {
  void operator()(AVAudioFifo* p) const { av_audio_fifo_free(p); }
};

/// What the reader of an AudioSource wants.
struct AudioFormat {
  int sample_rate = 0;
  int channels = 0;
  AVSampleFormat sample_format = AV_SAMPLE_FMT_FLTP;
};

/// Decodes the best audio stream of a file, a little at a time. Sample 0 is the start of the file:
/// sound that begins later is preceded by silence, and holes in it are filled, so that it stays
/// in sync with a picture. Damaged packets become holes. Not thread-safe.
class AudioSource {
 public:
  /// Throws Error (kBadMedia) naming the file when it holds no sound that can be decoded.
  explicit AudioSource(const std::filesystem::path& path);

  int sample_rate() const { return decoder_->sample_rate; }
  int channels() const { return decoder_->ch_layout.nb_channels; }
  /// What the file says of its length; 0 if nothing.
  double expected_seconds() const;

  /// What Read gives, once, before the first Read: samples [first, first + count) of the file in
  /// `format`, fewer if the file ends earlier.
  void Select(const AudioFormat& format, int64_t first, int64_t count);
  /// Fills the first `size` samples of `planes` or fewer at the end; returns how many.
  int Read(uint8_t** planes, int size);

 private:
  bool DecodeFrame();
  void Place(const AVFrame& frame);
  void InjectSilence();
  /// Puts the frame through the resampler into the FIFO; null: what the resampler still holds.
  void Convert(const AVFrame* frame);
  void ConfigureResampler(const AVFrame& frame);
  [[noreturn]] void Fail(const std::string& what) const;

  std::filesystem::path path_;
  InputPtr input_;
  int stream_ = 0;
  CodecContextPtr decoder_;
  PacketPtr packet_;
  FramePtr frame_;      ///< As decoded; empty when none is waiting
  FramePtr converted_;  ///< As wanted
  ResamplerPtr resampler_;
  AVSampleFormat resampler_from_ = AV_SAMPLE_FMT_NONE;
  int resampler_rate_ = 0;
  int resampler_channels_ = 0;

  AudioFormat format_;
  std::unique_ptr<AVAudioFifo, FreeFifo> fifo_;  ///< Converted, not yet read
  double heard_s_ = 0;                           ///< Where the next decoded sample is expected
  int64_t silence_ = 0;                          ///< Samples at the decoder's rate still to insert
  int64_t skip_ = 0;                             ///< Converted samples still to drop
  int64_t left_ = 0;                             ///< Samples still to be read
  bool started_ = false;                         ///< The first frame has been placed
  bool draining_ = false;
  bool ended_ = false;
  bool placed_ = false;  ///< frame_'s time has been dealt with
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_
