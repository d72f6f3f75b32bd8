// Short digests that tell whether two machines were given the same files.
#ifndef MOUTHPIECE_CLUSTER_FINGERPRINT_H_
#define MOUTHPIECE_CLUSTER_FINGERPRINT_H_

#include <filesystem>
#include <string>

#include "avatar/package.h"
#include "mouthpiece/options.h"

namespace mouthpiece {

/// Of a package's pictures and rectangles, and of the model that runs: 16 hexadecimal digits. Of
/// large files, and of many pictures, only samples are read (some 4 MiB each): made to find a wrong
/// or an old copy, not a forged one. Throws Error.
std::string AvatarFingerprint(const Package& package, const std::filesystem::path& model);

/// Of any file, in the same way. Throws Error.
std::string FileFingerprint(const std::filesystem::path& path);

/// Of the features or the sound that move the mouth, what turns one into the other, and the sound
/// that is muxed. Throws Error.
std::string SpeechFingerprint(const Package& package, const Job& job);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_CLUSTER_FINGERPRINT_H_
