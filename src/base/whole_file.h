// Writing and copying whole files, with errors that name the file that is at fault.
#ifndef MOUTHPIECE_BASE_WHOLE_FILE_H_
#define MOUTHPIECE_BASE_WHOLE_FILE_H_

#include <filesystem>
#include <string_view>

namespace mouthpiece {

/// Writes a new file. Throws Error (kIo) naming it and why.
void WriteWholeFile(const std::filesystem::path& path, std::string_view bytes);

/// Copies the content of a file to a new one. Throws Error: kBadMedia naming `from` when it cannot
/// be read, kIo naming `to` when that cannot be written.
void CopyWholeFile(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_WHOLE_FILE_H_
