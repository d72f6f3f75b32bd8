#include "infer/engine.h"

#include <utility>

#include "base/no_fork.h"
#include "infer/fused/fused_engine.h"
#include "infer/openvino/openvino_engine.h"
#include "infer/openvino/read_network.h"
#include "infer/read_generator.h"
#include "mouthpiece/error.h"
#include "network/read_onnx_network.h"

namespace mouthpiece {
namespace {

void Check(const char* name, int value) {
  if (value < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string(name) + ": expected 0 or more, found " + std::to_string(value));
  }
}

}  // namespace

NetworkReading ReadGenerator(const std::filesystem::path& path) {
  NetworkReading reading = ReadOnnxNetwork(path);
  const bool is_final = reading.network || !HasOpenVino();
  return is_final ? std::move(reading) : ReadNetworkWithOpenVino(path);
}

std::unique_ptr<Engine> CreateEngine(const EngineOptions& options) {
  Check("batch", options.batch);
  Check("threads", options.threads);
  Check("requests", options.requests);
  if (options.precision == Precision::kF16) {
    throw Error(
        ErrorCode::kUnsupported,
        "precision: expected auto, f32, bf16 or int8 on the CPU, found f16, which is for GPUs");
  }
  const NoFork no_fork;
  if (options.kind == EngineKind::kOpenVino) return CreateOpenVinoEngine(options);
  FusedEngineOrReason fused = CreateFusedEngine(options, ReadGenerator);
  if (fused.engine) return std::move(fused.engine);
  const bool wants_fused =
      options.kind == EngineKind::kFused || options.precision == Precision::kInt8;
  if (wants_fused || !HasOpenVino()) {
    throw Error(ErrorCode::kUnsupported,
                options.model.string() + ": not for the fused engine: " + fused.reason +
                    (wants_fused ? "" : "; this build has no OpenVINO, which runs others"));
  }
  return CreateOpenVinoEngine(options);
}

}  // namespace mouthpiece
