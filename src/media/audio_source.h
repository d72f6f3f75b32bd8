// The sound of a file as samples on one clock.
#ifndef MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_
#define MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include <libavutil/audio_fifo.h>
}

#include "media/ffmpeg.h"
#include "media/sample_check.h"
#include "media/sound_frames.h"

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

/// Puts the frames of a file's sound on one clock and converts them, a little at a time. Sample 0
/// is the start of the file: sound that begins later is preceded by silence, and holes in it are
/// filled, so that it stays in sync with a picture. Damaged packets become holes. Time stamps that
/// jump by more than ten minutes, or back, are not followed. Not thread-safe.
class AudioSource {
 public:
  explicit AudioSource(std::unique_ptr<SoundFrames> frames);

  const SoundInfo& info() const { return frames_->info(); }
  /// Of the channels, as far as they were read.
  const ChannelLevels& levels() const { return levels_; }
  /// What was odd so far, a line each.
  std::vector<std::string> Warnings() const;

  /// What Read gives, once, before the first Read: samples [first, first + count) of the file in
  /// `format`, fewer if the file ends earlier.
  void Select(const AudioFormat& format, int64_t first, int64_t count);
  /// Fills the first `size` samples of `planes` or fewer at the end; returns how many.
  int Read(uint8_t** planes, int size);

 private:
  bool NextFrame();
  void Place(const AVFrame& frame);
  /// When the file's frame begins, by its stamp, which it has.
  double TimeOf(const AVFrame& frame) const;
  /// Makes up for the time between where a frame is expected and where its stamp says that it is.
  void Follow(double time_s, int sample_rate);
  /// Whether the frame after this one lies behind `time_s` too.
  bool IsConfirmed(double time_s);
  void InjectSilence();
  /// Puts the frame through the resampler into the FIFO; null: what the resampler still holds.
  void Convert(const AVFrame* frame);
  void ConfigureResampler(const AVFrame& frame);
  [[noreturn]] void Fail(const std::string& what) const;

  const std::unique_ptr<SoundFrames> frames_;
  FramePtr frame_;      ///< As decoded; empty when none is waiting
  FramePtr next_;       ///< The one after it, if it was looked at
  FramePtr converted_;  ///< As wanted
  ResamplerPtr resampler_;
  AVSampleFormat resampler_from_ = AV_SAMPLE_FMT_NONE;
  int resampler_rate_ = 0;
  int resampler_channels_ = 0;

  AudioFormat format_;
  std::unique_ptr<AVAudioFifo, FreeFifo> fifo_;  ///< Converted, not yet read
  double heard_s_ = 0;                           ///< Where the next decoded sample is expected
  double offset_s_ = 0;                          ///< Time stamps are late by this
  double farthest_jump_s_ = 0;                   ///< That was not followed
  double holes_s_ = 0;                           ///< Filled with silence, after the first sample
  double farthest_back_s_ = 0;                   ///< That a time stamp lay before heard_s_
  int64_t bad_samples_ = 0;                      ///< Replaced by silence
  ChannelLevels levels_;
  int64_t silence_ = 0;   ///< Samples at the decoder's rate still to insert
  int64_t skip_ = 0;      ///< Converted samples still to drop
  int64_t left_ = 0;      ///< Samples still to be read
  bool started_ = false;  ///< The first frame has been placed
  bool ended_ = false;
  bool placed_ = false;  ///< frame_'s time has been dealt with
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_AUDIO_SOURCE_H_
