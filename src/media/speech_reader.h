// The sound of any file as the samples that speech is analysed from.
#ifndef MOUTHPIECE_MEDIA_SPEECH_READER_H_
#define MOUTHPIECE_MEDIA_SPEECH_READER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace mouthpiece::media {

/// Decodes the best audio stream of a file to mono float at 16 kHz, a little at a time. Sample 0 is
/// the start of the file, as in AudioSource. Two channels become their mean; of more, a front
/// centre keeps its level and the others are mixed to it. Not thread-safe.
class SpeechReader {
 public:
  /// Throws Error (kBadMedia) naming the file when it holds no sound that can be decoded.
  explicit SpeechReader(const std::filesystem::path& path);
  ~SpeechReader();

  /// What the file says of itself, which may be wrong; at most four hours' samples, 0 if it says
  /// nothing.
  int64_t expected_samples() const;
  /// Fills `samples`, or its beginning at the end of the file; returns how many. Throws Error
  /// (kBadMedia) after 24 hours, which only a damaged clock lasts.
  size_t Read(std::span<float> samples);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SPEECH_READER_H_
