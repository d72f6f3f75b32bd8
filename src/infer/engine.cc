#include "infer/engine.h"

#include <utility>

#include "base/no_fork.h"
#include "infer/fused/fused_engine.h"
#include "infer/openvino/openvino_engine.h"
#include "infer/openvino/read_network.h"
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

/// Without OpenVINO, which is a large library to load; with it where the file holds an operator
/// that it can simplify away or knows how to refuse.
NetworkReading ReadNetwork(const std::filesystem::path& path) {
  NetworkReading reading = ReadOnnxNetwork(path);
  const bool is_final = reading.network || !HasOpenVino();
  return is_final ? std::move(reading) : ReadNetworkWithOpenVino(path);
}

}  // namespace

std::unique_ptr<Engine> CreateEngine(const EngineOptions& options) {
  Check("batch", options.batch);
  Check("threads", options.threads);
  Check("requests", options.requests);
  const NoFork no_fork;
  if (options.kind == EngineKind::kOpenVino) return CreateOpenVinoEngine(options);
  FusedEngineOrReason fused = CreateFusedEngine(options, ReadNetwork);
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
