// Size of a JPEG or PNG, from its first bytes.
#ifndef MOUTHPIECE_AVATAR_IMAGE_SIZE_H_
#define MOUTHPIECE_AVATAR_IMAGE_SIZE_H_

#include <filesystem>

namespace mouthpiece {

struct ImageSize {
  int width = 0;
  int height = 0;
  bool is_jpeg = false;  ///< By content, whatever the name says
};

/// Reads the frame header of a JPEG or the first chunk of a PNG. Nothing is decoded. Throws Error
/// (kBadMedia) naming the file.
ImageSize ReadImageSize(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_IMAGE_SIZE_H_
