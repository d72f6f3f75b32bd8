// Samples to feature rows.
#ifndef MOUTHPIECE_SPEECH_FEATURE_ENCODER_H_
#define MOUTHPIECE_SPEECH_FEATURE_ENCODER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "audio/window_stream.h"
#include "infer/audio_encoder.h"
#include "mouthpiece/audio.h"

namespace mouthpiece {

/// What FeatureStream (audio.h) does, by a network that is borrowed. Which windows a call of it
/// holds follows from what was pushed between two Pulls, and so, with networks whose arithmetic
/// depends on it, does the last bit of a value.
class FeatureEncoder {
 public:
  explicit FeatureEncoder(AudioEncoder& encoder);

  void Push(std::span<const float> samples);
  void Finish();
  int64_t ready() const { return Possible() - pulled_; }
  int64_t Pull(std::span<float> rows);
  /// Drops all rows that are ready without running the network, and returns how many. The next one
  /// may then be pulled unless it is the last, which repeats one that was dropped.
  int64_t Skip();

 private:
  void CutWindows();
  /// Windows that were cut so far.
  int64_t Cut() const { return encoded_first_ + encoded_count_ + windows_.ready(); }
  /// Rows that can be given until now: one a window, the first twice, and at the end the last.
  int64_t Possible() const;
  /// The encoded window; those come in order.
  std::span<const float> Row(int64_t window);

  AudioEncoder& encoder_;
  MelStream mel_;
  WindowStream windows_;
  std::vector<float> mel_rows_;
  std::span<const float>
      encoded_;  ///< Of windows [encoded_first_, encoded_first_ + encoded_count_)
  int64_t encoded_first_ = 0;
  int64_t encoded_count_ = 0;
  int64_t pulled_ = 0;
  bool finished_ = false;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_FEATURE_ENCODER_H_
