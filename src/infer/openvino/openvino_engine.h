// Engine on OpenVINO's CPU plugin: any network with the contract.
#ifndef MOUTHPIECE_INFER_OPENVINO_OPENVINO_ENGINE_H_
#define MOUTHPIECE_INFER_OPENVINO_OPENVINO_ENGINE_H_

#include <memory>
#include <string>

#include "infer/engine.h"

namespace mouthpiece {

/// Whether this build has it.
bool HasOpenVino();

/// "2026.4.1"; empty without it.
std::string OpenVinoVersion();

/// CreateEngine with OpenVINO, whatever the options' kind.
std::unique_ptr<Engine> CreateOpenVinoEngine(const EngineOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_OPENVINO_OPENVINO_ENGINE_H_
