// Giving finished work its name.
#ifndef MOUTHPIECE_BASE_PLACE_OUTPUT_H_
#define MOUTHPIECE_BASE_PLACE_OUTPUT_H_

#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "base/hidden_path.h"

namespace mouthpiece {

/// Renames a file or folder; returns 0, or EEXIST rather than replace what is there, or another
/// errno. Where the file system knows no such renaming, it looks before.
int RenameNew(const std::filesystem::path& from, const std::filesystem::path& to);

/// Renames `from` to a free name beside `name`: talk-2.mp4 for talk.mp4, talk-3.mp4 and so on.
/// Returns that name; empty when none can be had.
std::filesystem::path RenameBeside(const std::filesystem::path& from,
                                   const std::filesystem::path& name);

/// Gives `path` the permissions, and where it may the owner, of what it replaces.
void TakePermissions(const std::filesystem::path& path, const struct stat& replaced);

/// What has a name at some time; null: nothing.
std::optional<struct stat> StatOf(const std::filesystem::path& name);

/// Whether it is still the same, with the same content.
bool IsUnchanged(const std::optional<struct stat>& before, const std::optional<struct stat>& now);

/// Keeps finished work that cannot be put at `target` beside the `name` it was made for, or where
/// it is, and throws Error (kIo) that says why and where. `code`: an errno; EEXIST: something has
/// that name by now.
[[noreturn]] void KeepBeside(HiddenPath& work, const std::filesystem::path& name,
                             const std::filesystem::path& target, int code);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_PLACE_OUTPUT_H_
