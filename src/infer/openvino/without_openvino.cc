// What a build without OpenVINO has in its place.
#include "infer/openvino/openvino_audio_encoder.h"
#include "infer/openvino/openvino_engine.h"
#include "infer/openvino/read_network.h"
#include "mouthpiece/error.h"

namespace mouthpiece {

bool HasOpenVino() { return false; }

std::string OpenVinoVersion() { return ""; }

std::unique_ptr<Engine> CreateOpenVinoEngine(const EngineOptions& options) {
  throw Error(ErrorCode::kUnsupported,
              options.model.string() + ": engine openvino: this build has no OpenVINO");
}

std::unique_ptr<AudioEncoder> CreateOpenVinoAudioEncoder(const AudioEncoderOptions& options) {
  throw Error(ErrorCode::kUnsupported, options.model.string() + ": this build has no OpenVINO");
}

NetworkReading ReadNetworkWithOpenVino(const std::filesystem::path& /*path*/) {
  return {std::nullopt, "this build has no OpenVINO"};
}

}  // namespace mouthpiece
