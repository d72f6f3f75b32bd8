// The sound of a file, decoded once, or of memory, read as often as it takes.
#ifndef MOUTHPIECE_MEDIA_SOUND_H_
#define MOUTHPIECE_MEDIA_SOUND_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "mouthpiece/options.h"

namespace mouthpiece::media {

class SoundFrames;

/// All frames of an audio track of a file as the decoder gave them, with their time stamps:
/// SpeechReader and AudioTrack make of them what they make of the file. The first 32 MiB are kept
/// in memory, the rest in a scratch file; where there is no room for that, a regular file is
/// decoded again by each reader. Immutable.
class Sound {
 public:
  /// Decodes the track, from 1 or 0 for the best, of the file, or standard input for "-", to its
  /// end. `progress` is told how many samples of 16 kHz there are so far and how many the file says
  /// that there will be, 0 if nothing. Throws Error: kInvalidArgument when there is no such track;
  /// kBadMedia naming a file that holds no sound that can be decoded, or more than 24 hours of it;
  /// kIo when a pipe holds more than there is room for; kCancelled.
  explicit Sound(const std::filesystem::path& path, int track = 0, CancelToken cancel = {},
                 const std::function<void(int64_t samples, int64_t expected)>& progress = {});
  /// The same of samples, which are kept as they are. Throws Error: kInvalidArgument for what
  /// SpeechSamples does not allow, kCancelled.
  explicit Sound(const SpeechSamples& samples, CancelToken cancel = {},
                 const std::function<void(int64_t samples, int64_t expected)>& progress = {});
  ~Sound();
  Sound(const Sound&) = delete;
  Sound& operator=(const Sound&) = delete;

  /// Samples that SpeechReader gives.
  int64_t speech_samples() const;
  /// What users should hear of the sound, a line each.
  const std::vector<std::string>& warnings() const;

 private:
  friend std::unique_ptr<SoundFrames> FramesOf(std::shared_ptr<const Sound> sound);
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws Error, as Sound does, for a file that is not there or whose first sound cannot be
/// decoded. Pipes, devices and standard input, which can be read only once, are left alone.
void CheckSound(const std::filesystem::path& path, int track, CancelToken cancel);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SOUND_H_
