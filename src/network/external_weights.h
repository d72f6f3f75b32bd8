// Weights that an ONNX file keeps in other files, as exporters do by default today.
#ifndef MOUTHPIECE_NETWORK_EXTERNAL_WEIGHTS_H_
#define MOUTHPIECE_NETWORK_EXTERNAL_WEIGHTS_H_

#include <filesystem>
#include <string>
#include <vector>

namespace mouthpiece {

/// The files that tensors of the ONNX file `model` name as their external data: relative to its
/// folder, sorted, each once. Of what is no ONNX file, those that were found until that was clear.
std::vector<std::filesystem::path> ExternalWeightsOf(const std::filesystem::path& model);

/// Throws Error (kBadPackage) naming the file unless all of them are files in the model's folder or
/// in folders of it.
void RequireExternalWeights(const std::filesystem::path& model);

/// Copies them from the folder of `model` to `folder`, under their names. Throws filesystem_error.
void CopyExternalWeights(const std::filesystem::path& model, const std::filesystem::path& folder);

/// The ONNX file `model` with all of its weights inside. Whoever reads it need not open others,
/// which may be links to anywhere. Throws Error (kBadPackage) naming the file when some are
/// missing.
std::string WithWeightsInside(const std::filesystem::path& model);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_EXTERNAL_WEIGHTS_H_
