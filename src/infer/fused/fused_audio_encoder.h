// The audio encoder on the fused engine's products.
#ifndef MOUTHPIECE_INFER_FUSED_FUSED_AUDIO_ENCODER_H_
#define MOUTHPIECE_INFER_FUSED_FUSED_AUDIO_ENCODER_H_

#include <memory>
#include <string>

#include "infer/audio_encoder.h"

namespace mouthpiece {

/// An encoder, or the reason why the network is none for it.
struct FusedAudioEncoderOrReason {
  std::unique_ptr<AudioEncoder> encoder;
  std::string reason;
};

/// In float32; a row is the same wherever in a call its window is, and with any number of threads.
/// Throws Error as ReadOnnxEncoder does.
FusedAudioEncoderOrReason CreateFusedAudioEncoder(const AudioEncoderOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_FUSED_FUSED_AUDIO_ENCODER_H_
