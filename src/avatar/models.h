// Which ONNX files a package has, and whether they are the ones it vouches for.
#ifndef MOUTHPIECE_AVATAR_MODELS_H_
#define MOUTHPIECE_AVATAR_MODELS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "mouthpiece/inspect.h"

namespace mouthpiece {

/// What onnx_dist_config.json says about one file.
struct ModelEntry {
  std::string name;            ///< Key in the config: "generator", "audio_encoder" ...
  std::filesystem::path file;  ///< Relative to the package; inside it
  std::string sha256;          ///< Lower case; empty if not given
};

/// Entries of root/onnx_dist_config.json: its objects that have a "file" and are not marked
/// "included": false. None if there is no such file. Throws Error (kBadMedia).
std::vector<ModelEntry> ReadModelEntries(const std::filesystem::path& root);

/// Checks that root/file is there and has the digest that `entries` give for it. Throws Error
/// (kBadMedia); for a wrong digest with both digests, shortened.
DigestStatus CheckModel(const std::filesystem::path& root, const std::filesystem::path& file,
                        const std::vector<ModelEntry>& entries);

/// The generator, or the audio encoder: the file that the config names, else the usual places.
/// Relative to the package; empty if there is none.
std::filesystem::path FindGenerator(const std::filesystem::path& root,
                                    const std::vector<ModelEntry>& entries);
std::filesystem::path FindAudioEncoder(const std::filesystem::path& root,
                                       const std::vector<ModelEntry>& entries);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_MODELS_H_
