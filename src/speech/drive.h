// What moves the mouth in a render.
#ifndef MOUTHPIECE_SPEECH_DRIVE_H_
#define MOUTHPIECE_SPEECH_DRIVE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "avatar/feature_contract.h"
#include "base/cancel.h"
#include "media/sound.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "speech/encoder_keeper.h"
#include "speech/window_source.h"

namespace mouthpiece {

/// Finished features, or speech and what will turn it into them.
struct Drive {
  FeatureOrigin origin{0};                       ///< What a feature row is, and where it comes from
  int64_t rows = 0;                              ///< Feature rows there are, or will be
  int64_t frames = 0;                            ///< Output frames that last as long, at most
  std::shared_ptr<const FeatureTable> features;  ///< Null for speech
  std::shared_ptr<const media::Sound> sound;     ///< Of finished speech, else null
  ArrivingSpeech arriving;                       ///< Speech of which the end is not known, or null
  Rational frame_rate;                           ///< Of the output
  std::optional<EncoderKeeper::Loan> encoder;    ///< For speech, until OpenWindows
};

/// What to do with speech that still arrives.
enum class Arriving {
  kAwait,  ///< Wait for its end: it is speech from memory then
  kHear,   ///< Render it as it comes
};

/// Opens what moves the mouth and finds out all that can be wrong with it: speech is decoded to its
/// end, and `progress` told its rows so far and those that are expected. `threads` are for the
/// audio encoder, which `encoders` lends. A stream of speech is one that is listened to
/// (SpeechStreamEnd). Throws Error.
Drive OpenDrive(const Avatar& avatar, const decltype(Job::drive)& source, Arriving arriving,
                int threads, EncoderKeeper& encoders, CancelToken cancel,
                const std::function<void(int64_t done, int64_t total)>& progress);

/// Finds out what can be wrong with finished or recorded speech before it is heard: whether the
/// file is there and its first sound can be decoded, whether there is an audio encoder. What can be
/// read only once is left alone. Throws Error as OpenDrive does.
void CheckSpeech(const Avatar& avatar, const SpeechFile& file, int threads, EncoderKeeper& encoders,
                 CancelToken cancel);

/// The windows of a drive, once. Rows before `first_row` will not be asked for.
std::unique_ptr<WindowSource> OpenWindows(Drive& drive, int64_t first_row, CancelToken cancel);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_DRIVE_H_
