// Audio encoders for windows that come one by one.
#ifndef MOUTHPIECE_LIVE_ENCODER_CHOICE_H_
#define MOUTHPIECE_LIVE_ENCODER_CHOICE_H_

#include <memory>
#include <vector>

#include "avatar/package.h"
#include "infer/audio_encoder.h"

namespace mouthpiece::live {

/// `count` encoders of the package, a thread each, of the smallest batch whose rows are, bit for
/// bit, those of the batch that finished speech is encoded with. A product of a matrix and one
/// vector may be summed in another order than one of matrices: so it is tried out. Throws Error as
/// LoadAudioEncoder does.
std::vector<std::unique_ptr<AudioEncoder>> LoadSmallEncoders(const Package& package, size_t count);

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_ENCODER_CHOICE_H_
