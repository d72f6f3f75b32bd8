#include "sink/image_pattern.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::optional<ImageFormat> FormatOf(const std::filesystem::path& name) {
  std::string suffix = name.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (suffix == ".jpg" || suffix == ".jpeg") return ImageFormat::kJpeg;
  if (suffix == ".png") return ImageFormat::kPng;
  return std::nullopt;
}

[[noreturn]] void Refuse(const std::string& output, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, output + ": " + why);
}

}  // namespace

std::string ImagePattern::NameOf(int64_t index) const {
  const std::string number = std::to_string(index);
  const size_t width = static_cast<size_t>(digits);
  const std::string zeros(width > number.size() ? width - number.size() : 0, '0');
  return prefix + zeros + number + suffix;
}

ImagePattern ParseImagePattern(const std::string& output) {
  const std::filesystem::path path(output);
  const std::string name = path.filename().string();
  const std::optional<ImageFormat> format = FormatOf(path);
  ImagePattern pattern;
  if (!format) {
    if (output.find('%') != std::string::npos) {
      Refuse(output, "a pattern of image names ends in .jpg, .jpeg or .png");
    }
    pattern.folder = path;
    return pattern;
  }

  const size_t percent = name.find('%');
  if (percent == std::string::npos) {
    Refuse(output, "every frame needs a name of its own: put %05d into it");
  }
  size_t at = percent + 1;
  pattern.digits = 1;
  if (at + 1 < name.size() && name[at] == '0' && name[at + 1] >= '1' && name[at + 1] <= '9') {
    pattern.digits = name[at + 1] - '0';
    at += 2;
  }
  if (at >= name.size() || name[at] != 'd' || output.find('%') != output.rfind('%')) {
    Refuse(output, "takes exactly one % in its file name, as %d or %0Nd with N from 1 to 9");
  }
  pattern.folder = path.parent_path();
  pattern.prefix = name.substr(0, percent);
  pattern.suffix = name.substr(at + 1);
  pattern.format = *format;
  return pattern;
}

}  // namespace mouthpiece
