// JSON files that were written by strangers.
#ifndef MOUTHPIECE_AVATAR_JSON_FILE_H_
#define MOUTHPIECE_AVATAR_JSON_FILE_H_

#include <filesystem>
#include <nlohmann/json.hpp>

namespace mouthpiece {

/// Parses a JSON file of at most 32 MiB and 32 levels in which no object names a key twice. Throws
/// Error (kBadMedia) naming the file and the place.
nlohmann::json ReadJsonFile(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_JSON_FILE_H_
