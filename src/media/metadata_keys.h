// What containers can say of a video beside its streams.
#ifndef MOUTHPIECE_MEDIA_METADATA_KEYS_H_
#define MOUTHPIECE_MEDIA_METADATA_KEYS_H_

#include <filesystem>

#include "mouthpiece/options.h"

namespace mouthpiece {

/// Throws Error (kInvalidArgument) naming `path`, whose suffix is a container's, unless that keeps
/// every key, each of which is there once.
void CheckMetadata(const std::filesystem::path& path, const Metadata& metadata);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_METADATA_KEYS_H_
