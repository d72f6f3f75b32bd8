// Reading the files of a package without trusting them.
#ifndef MOUTHPIECE_AVATAR_FILE_ACCESS_H_
#define MOUTHPIECE_AVATAR_FILE_ACCESS_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace mouthpiece {

/// Throws Error (kBadMedia) "PATH: what".
[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what);

/// Throws Error (kBadMedia) "PATH: what: expected X, found Y".
[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what,
                       const std::string& expected, const std::string& found);

/// `text` in quotes, shortened and free of control and non-ASCII bytes, for one-line messages.
std::string Quoted(std::string_view text);

/// Whether anything, even a dangling link, has this name.
bool NameExists(const std::filesystem::path& path);

/// Size of the regular file `path`, which is not empty. Pipes and devices, whose opening may block,
/// are refused. Throws Error (kBadMedia).
uint64_t RequireFile(const std::filesystem::path& path);

/// Throws Error (kBadMedia) unless `path` is a folder.
void RequireFolder(const std::filesystem::path& path);

/// root/name, after making sure that the name itself does not leave `root`: it is relative and goes
/// up no further than it went down. A link may lead anywhere, as in packages whose files lie in a
/// cache: whoever made it here could have copied its target. Throws Error (kBadMedia) naming
/// root/name.
std::filesystem::path InsidePackage(const std::filesystem::path& root,
                                    const std::filesystem::path& name);

/// Opens a regular file for reading. Throws Error (kBadMedia).
std::ifstream OpenFile(const std::filesystem::path& path);

/// Reads exactly `target.size()` bytes from `file`, which is `path`. Throws Error (kBadMedia).
void ReadExactly(std::ifstream& file, const std::filesystem::path& path, std::span<char> target);

/// The whole file, which is at most `limit` bytes. Throws Error (kBadMedia).
std::string ReadFile(const std::filesystem::path& path, uint64_t limit);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_FILE_ACCESS_H_
