// Names of numbered image files.
#ifndef MOUTHPIECE_SINK_IMAGE_PATTERN_H_
#define MOUTHPIECE_SINK_IMAGE_PATTERN_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace mouthpiece {

enum class ImageFormat { kJpeg, kPng };

/// By the suffix of a file's name.
std::optional<ImageFormat> ImageFormatOf(const std::filesystem::path& name);

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

/// The pattern that the name of one image was perhaps meant as: x_%03d.png for x_001.png,
/// x_%05d.png for x.png.
std::string NumberedName(const std::filesystem::path& image);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_IMAGE_PATTERN_H_
