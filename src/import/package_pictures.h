// The four picture sequences of a new package.
#ifndef MOUTHPIECE_IMPORT_PACKAGE_PICTURES_H_
#define MOUTHPIECE_IMPORT_PACKAGE_PICTURES_H_

#include <filesystem>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "image/ring.h"
#include "import/dataset.h"
#include "mouthpiece/import.h"

namespace mouthpiece {

/// The face square and the network's part of it.
inline constexpr FaceGeometry kImportedGeometry{328, 320};

/// Decodes every frame of `dataset` once and writes the pictures of the package `folder`, which
/// exists. Throws Error naming the frame's file, kCancelled.
void WritePictures(const Dataset& dataset, const std::filesystem::path& folder,
                   const ImportOptions& options, const Hooks& hooks);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_PACKAGE_PICTURES_H_
