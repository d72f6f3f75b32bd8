// AudioEncoder on OpenVINO's CPU plugin.
#ifndef MOUTHPIECE_INFER_OPENVINO_OPENVINO_AUDIO_ENCODER_H_
#define MOUTHPIECE_INFER_OPENVINO_OPENVINO_AUDIO_ENCODER_H_

#include <memory>

#include "infer/audio_encoder.h"

namespace mouthpiece {

/// As CreateAudioEncoder, for options in their ranges. A fixed batch that nothing can change is
/// the batch.
std::unique_ptr<AudioEncoder> CreateOpenVinoAudioEncoder(const AudioEncoderOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_OPENVINO_AUDIO_ENCODER_H_
