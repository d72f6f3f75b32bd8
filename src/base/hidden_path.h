// Work in progress lies beside its final place, under a hidden name that nothing else has.
#ifndef MOUTHPIECE_BASE_HIDDEN_PATH_H_
#define MOUTHPIECE_BASE_HIDDEN_PATH_H_

#include <filesystem>
#include <string>

namespace mouthpiece {

/// Throws Error (kIo) "NAME: WHAT: " and the system's words for `code`, an errno.
[[noreturn]] void FailIo(const std::filesystem::path& name, const std::string& what, int code);

/// The folder that `name` lies in, by a name that can be opened: "." for a bare name.
std::filesystem::path ParentOf(const std::filesystem::path& name);

/// Creates an empty file of the name .NAME.partial-PID in `folder`, where NAME is the last part of
/// `name`, shortened to what any file system takes; when that is taken, by another output of this
/// process or by what one of the same id left, .NAME.partial-PID-1 and so on. Throws Error (kIo)
/// that speaks of `name`.
std::filesystem::path CreateHiddenFile(const std::filesystem::path& folder,
                                       const std::filesystem::path& name);

/// The same with an empty folder.
std::filesystem::path CreateHiddenFolder(const std::filesystem::path& folder,
                                         const std::filesystem::path& name);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_HIDDEN_PATH_H_
