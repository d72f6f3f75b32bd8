// Engine on this project's own kernels: blocks of three convolutions run as one, a few rows at a
// time, so that the tensor between them, twice as wide as the rest, never leaves the cache.
#ifndef MOUTHPIECE_INFER_FUSED_FUSED_ENGINE_H_
#define MOUTHPIECE_INFER_FUSED_FUSED_ENGINE_H_

#include <memory>
#include <string>

#include "infer/engine.h"
#include "network/network_reader.h"

namespace mouthpiece {

/// An engine, or the reason why the network or the precision is none for it.
struct FusedEngineOrReason {
  std::unique_ptr<Engine> engine;
  std::string reason;
};

/// CreateEngine with the fused kernels, whatever the options' kind, of what `read` makes of the
/// file. Throws Error as `read` does.
FusedEngineOrReason CreateFusedEngine(const EngineOptions& options, NetworkReader read);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_FUSED_FUSED_ENGINE_H_
