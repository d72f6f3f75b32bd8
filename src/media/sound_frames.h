// Decoded sound, a frame at a time. Only files of src/media include this.
#ifndef MOUTHPIECE_MEDIA_SOUND_FRAMES_H_
#define MOUTHPIECE_MEDIA_SOUND_FRAMES_H_

#include <memory>
#include <string>
#include <vector>

#include "media/ffmpeg.h"
#include "media/sound.h"

namespace mouthpiece::media {

/// What is known of a file's sound once its first frame is decoded.
struct SoundInfo {
  std::string name;             ///< What messages call the file
  int sample_rate = 0;          ///< Of the first frame, as is the next
  int channels = 0;             ///< Frames that follow may differ
  double expected_seconds = 0;  ///< What the file says of its length; 0 if nothing
  double start_s = 0;           ///< When the file begins, on the clock of its time stamps
  AVRational time_base{0, 1};   ///< Of the frames' time stamps
  std::vector<std::string> warnings = {};  ///< What users should hear of the choices that were made
};

/// Gives the decoded frames of a file's sound in order. Not thread-safe.
class SoundFrames {
 public:
  virtual ~SoundFrames() = default;

  virtual const SoundInfo& info() const = 0;
  /// Gives the next frame, which holds one sample or more, to the empty `frame`; false when there
  /// are no more.
  virtual bool Next(AVFrame& frame) = 0;
};

/// The frames of a sound from the first one on; any number of these may be read at the same time.
std::unique_ptr<SoundFrames> FramesOf(std::shared_ptr<const Sound> sound);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_SOUND_FRAMES_H_
