// Packing a generator's weights once, for all processes of a user.
#ifndef MOUTHPIECE_INFER_PACKED_WEIGHTS_H_
#define MOUTHPIECE_INFER_PACKED_WEIGHTS_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// A file of the user's cache folder with the weights of a generator as the fused engine's kernels
/// for a precision read them on this machine. Engines find it by themselves, and map it instead of
/// reading the model.
struct PackedWeights {
  std::filesystem::path file;
  uint64_t bytes = 0;
};

/// That of the ONNX file `model`, if it is there and fits. kAuto is what engines run then.
std::optional<PackedWeights> FindPackedWeights(const std::filesystem::path& model,
                                               Precision precision);

/// Makes it, also where it is there. Returns why it cannot be made: the fused engine does not run
/// the network or the precision, or the user has no cache folder; empty: it was. Throws Error:
/// kBadPackage for a damaged model, kIo.
std::string PackWeights(const std::filesystem::path& model, Precision precision);

/// Removes those of all precisions. Returns whether there were some. Throws Error (kIo).
bool RemovePackedWeights(const std::filesystem::path& model);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_PACKED_WEIGHTS_H_
