// The sound of any file as the samples that speech is analysed from.
#ifndef MOUTHPIECE_MEDIA_SPEECH_READER_H_
#define MOUTHPIECE_MEDIA_SPEECH_READER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "media/memory_sound.h"

namespace mouthpiece::media {

class Sound;
class SoundFrames;

/// The best audio stream of a file as mono float at 16 kHz, a little at a time. Sample 0 is the
/// start of the file, as in AudioSource. Two channels become their mean; of more, a front
/// centre keeps its level and the others are mixed to it. Not thread-safe.
class SpeechReader {
 public:
  /// Decodes a track, from 1 or 0 for the best, of a file, or of standard input for "-". Throws
  /// Error: kBadMedia naming a file that holds no sound that can be decoded, kCancelled, as does
  /// Read.
  explicit SpeechReader(const std::filesystem::path& path, int track = 0, CancelToken cancel = {});
  /// Reads what was decoded.
  explicit SpeechReader(std::shared_ptr<const Sound> sound);
  explicit SpeechReader(std::unique_ptr<SoundFrames> frames);
  /// Reads samples from memory; throws Error (kInvalidArgument) as Sound does.
  explicit SpeechReader(const SpeechSamples& samples);
  /// Reads mono samples at `rate` that `take` gives, no more of them than Read needs.
  SpeechReader(int rate, SampleSource take);
  ~SpeechReader();

  /// What the file says of itself, which may be wrong; at most four hours' samples, 0 if it says
  /// nothing.
  int64_t expected_samples() const;
  /// Fills `samples`, or its beginning at the end of the file; returns how many. Throws Error
  /// (kBadMedia) after 24 hours, which only a damaged clock lasts.
  size_t Read(std::span<float> samples);
  /// What users should hear of the sound, a line each, once it was read to its end: what was odd
  /// about it, and whether next to nothing of it is left in these samples.
  std::vector<std::string> Warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SPEECH_READER_H_
