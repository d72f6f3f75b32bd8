// Sound files as features.
#ifndef MOUTHPIECE_SPEECH_SPEECH_H_
#define MOUTHPIECE_SPEECH_SPEECH_H_

#include <cstddef>
#include <cstdint>

#include "mouthpiece/audio.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Samples that are turned into features at a time: a second. See FeatureEncoder.
inline constexpr size_t kSpeechPiece = kSpeechSampleRate;

/// Rows that FeatureStream makes of that many samples.
int64_t FeatureRowCount(int64_t samples);

/// Video frames that last as long as that many samples: less than one frame longer.
int64_t SpeechFrameCount(int64_t samples, Rational frame_rate);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SPEECH_SPEECH_H_
