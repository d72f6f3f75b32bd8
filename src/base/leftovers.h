// What processes that were killed left under hidden names.
#ifndef MOUTHPIECE_BASE_LEFTOVERS_H_
#define MOUTHPIECE_BASE_LEFTOVERS_H_

#include <sys/stat.h>

#include <filesystem>

namespace mouthpiece {

/// Set in the mode of finished work that could not get its name: no leftover.
inline constexpr mode_t kFinishedWork = S_ISVTX;

/// Removes the files and folders of hidden names (hidden_path.h) in `folder` whose process is gone.
/// Those of a process that lives are locked; those of another machine, of a time before this one
/// was started last, or of another user cannot be told apart from them, and stay. What cannot be
/// removed stays, too.
void RemoveLeftovers(const std::filesystem::path& folder);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_LEFTOVERS_H_
