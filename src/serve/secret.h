// Names and tokens that nobody guesses.
#ifndef MOUTHPIECE_SERVE_SECRET_H_
#define MOUTHPIECE_SERVE_SECRET_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace mouthpiece::serve {

/// Hexadecimal digits of `bytes` random bytes of the system. Throws Error (kInternal).
std::string RandomName(size_t bytes);

/// Whether they are the same, in a time that does not tell where they differ.
bool IsSameSecret(std::string_view given, std::string_view expected);

/// The first line of a file. Throws Error: kIo when it cannot be read, kInvalidArgument when the
/// line has fewer than 16 bytes or more than 256.
std::string ReadTokenFile(const std::filesystem::path& path);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SECRET_H_
