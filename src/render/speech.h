// Sound files as features.
#ifndef MOUTHPIECE_RENDER_SPEECH_H_
#define MOUTHPIECE_RENDER_SPEECH_H_

#include <cstdint>
#include <filesystem>

#include "base/cancel.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Samples of the file's sound at 16 kHz: it is decoded once through, since what containers say of
/// their length is often wrong. Throws Error (kBadMedia, kCancelled).
int64_t CountSpeechSamples(const std::filesystem::path& audio, CancelToken cancel);

/// Rows that FeatureStream makes of that many samples.
int64_t FeatureRowCount(int64_t samples);

/// Video frames that last as long as that many samples: less than one frame longer.
int64_t SpeechFrameCount(int64_t samples, Rational frame_rate);

/// Puts the file's sound, `samples` long, through `stream`, a second at a time.
FeatureTable EncodeSpeech(const std::filesystem::path& audio, int64_t samples,
                          FeatureStream& stream, const Hooks& hooks);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_SPEECH_H_
