// Outputs never take the place of what a job reads.
#ifndef MOUTHPIECE_BASE_INPUT_GUARD_H_
#define MOUTHPIECE_BASE_INPUT_GUARD_H_

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace mouthpiece {

/// Files that a job reads, folders whose files it reads, and names at which it would look for a
/// file if there were one.
using InputPaths = std::vector<std::filesystem::path>;

/// Throws Error (kInvalidArgument) for "rtmp://..." and the like: outputs are files.
void RefuseUrl(const std::filesystem::path& output);

/// Whether `name` begins as a URL does.
bool IsUrl(const std::string& name);

/// Whether both names, through links, are of one file, or will be of the one that is made there.
bool IsSamePlace(const std::filesystem::path& a, const std::filesystem::path& b);

/// Throws Error (kInvalidArgument) that names both when `output` is one of `inputs`: the same file
/// by any name and through any link, or the name where a file would become one.
void RefuseInput(const std::filesystem::path& output,
                 std::span<const std::filesystem::path> inputs);

/// The same for an output that replaces the folder `output` with all that is in it.
void RefuseFolderOfInputs(const std::filesystem::path& output,
                          std::span<const std::filesystem::path> inputs);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_INPUT_GUARD_H_
