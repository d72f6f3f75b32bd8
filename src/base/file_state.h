// Whether a file is still the one that something was made from.
#ifndef MOUTHPIECE_BASE_FILE_STATE_H_
#define MOUTHPIECE_BASE_FILE_STATE_H_

#include <filesystem>
#include <string>

namespace mouthpiece {

/// The size of a file and when it was last written to, "12357177 1732645329.250000000": another
/// text when it changed. Empty: there is none.
std::string FileState(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_FILE_STATE_H_
