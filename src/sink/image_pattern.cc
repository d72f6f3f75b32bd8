#include "sink/image_pattern.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Refuse(const std::string& output, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, output + ": " + why);
}

/// Whether it has a % that stands for a number, rather than for itself.
bool IsPattern(const std::string& name) {
  for (size_t at = name.find('%'); at != std::string::npos; at = name.find('%', at + 1)) {
    size_t end = at + 1;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    if (end < name.size() && name[end] == 'd') return true;
  }
  return false;
}

}  // namespace

std::optional<ImageFormat> ImageFormatOf(const std::filesystem::path& name) {
  std::string suffix = name.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (suffix == ".jpg" || suffix == ".jpeg") return ImageFormat::kJpeg;
  if (suffix == ".png") return ImageFormat::kPng;
  return std::nullopt;
}

std::string ImagePattern::NameOf(int64_t index) const {
  const std::string number = std::to_string(index);
  const size_t width = static_cast<size_t>(digits);
  const std::string zeros(width > number.size() ? width - number.size() : 0, '0');
  return prefix + zeros + number + suffix;
}

ImagePattern ParseImagePattern(const std::string& output) {
  const std::filesystem::path path(output);
  const std::string name = path.filename().string();
  const std::optional<ImageFormat> format = ImageFormatOf(path);
  ImagePattern pattern;
  if (!format) {
    // Only in the last part: folders may have any name, and one that is there is none.
    std::error_code ignored;
    if (IsPattern(name) && !std::filesystem::is_directory(path, ignored)) {
      Refuse(output, "a pattern of image names ends in .jpg, .jpeg or .png; a folder's name in /");
    }
    pattern.folder = path;
    return pattern;
  }

  const size_t percent = name.find('%');
  if (percent == std::string::npos) {
    Refuse(output, "names one image, and every frame needs its own: " + NumberedName(path));
  }
  std::error_code ignored;
  if (IsPattern(path.parent_path().string()) &&
      !std::filesystem::is_directory(path.parent_path(), ignored)) {
    Refuse(output, "numbers files of one folder, whose name has no %d");
  }
  size_t at = percent + 1;
  pattern.digits = 1;
  if (at + 1 < name.size() && name[at] == '0' && name[at + 1] >= '1' && name[at + 1] <= '9') {
    pattern.digits = name[at + 1] - '0';
    at += 2;
  }
  if (at >= name.size() || name[at] != 'd' || percent != name.rfind('%')) {
    Refuse(output, "takes exactly one % in its file name, as %d or %0Nd with N from 1 to 9");
  }
  pattern.folder = path.parent_path();
  pattern.prefix = name.substr(0, percent);
  pattern.suffix = name.substr(at + 1);
  pattern.format = *format;
  return pattern;
}

std::string NumberedName(const std::filesystem::path& image) {
  std::string stem = image.stem().string();
  const size_t last = stem.find_last_not_of("0123456789");
  const size_t words = last == std::string::npos ? 0 : last + 1;
  const size_t digits = std::min<size_t>(stem.size() - words, 9);
  stem.resize(words);
  stem += digits == 0 ? "_%05d" : "%0" + std::to_string(digits) + "d";
  return image.parent_path() / (stem + image.extension().string());
}

}  // namespace mouthpiece
