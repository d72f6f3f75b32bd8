// Damage in PNG files, found without decoding them.
#ifndef MOUTHPIECE_MEDIA_PNG_CHECK_H_
#define MOUTHPIECE_MEDIA_PNG_CHECK_H_

#include <filesystem>

namespace mouthpiece {

/// Compares the checksums that a PNG file holds of its parts with what they are; a file that ends
/// early, or is no PNG, is none of its business. Throws Error (kBadMedia) naming the file.
void RequireWholePng(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_PNG_CHECK_H_
