// Names of numbered image files.
#ifndef MOUTHPIECE_SINK_IMAGE_PATTERN_H_
#define MOUTHPIECE_SINK_IMAGE_PATTERN_H_

#include <cstdint>
#include <filesystem>
#include <string>

namespace mouthpiece {

enum class ImageFormat { kJpeg, kPng };

/// folder / prefix, number with at least `digits` digits, suffix.
struct ImagePattern {
  std::filesystem::path folder;
  std::string prefix;
  int digits = 5;
  std::string suffix = ".jpg";
  ImageFormat format = ImageFormat::kJpeg;

  /// File name of image `index` >= 0, without the folder.
  std::string NameOf(int64_t index) const;
};

/// "some/folder" (images are folder/%05d.jpg), or a file name with one %d or %0Nd (N 1..9) that
/// ends in .jpg, .jpeg or .png. Throws Error (kInvalidArgument) that says what is wrong with it.
ImagePattern ParseImagePattern(const std::string& output);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_IMAGE_PATTERN_H_
