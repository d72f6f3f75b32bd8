#include "avatar/image_folder.h"

#include <charconv>
#include <map>
#include <string>

#include "avatar/file_access.h"
#include "avatar/image_size.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// N of "N.jpg" or "N.png", or -1. "007.jpg" is none: it could stand beside "7.jpg".
int ImageNumber(const fs::path& name) {
  const std::string extension = name.extension().string();
  if (extension != ".jpg" && extension != ".png") return -1;
  const std::string stem = name.stem().string();
  int number = -1;
  const auto [end, status] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return status == std::errc() && number >= 0 && std::to_string(number) == stem ? number : -1;
}

/// Image files of a folder by number, names relative to `root`.
std::map<int, fs::path> ListImages(const fs::path& root, const fs::path& name) {
  std::map<int, fs::path> images;
  std::error_code code;
  fs::directory_iterator entries(root / name, code);
  while (!code && entries != fs::directory_iterator()) {
    const fs::path file = entries->path().filename();
    const int number = ImageNumber(file);
    if (number >= 0) {
      const auto [at, is_new] = images.emplace(number, name / file);
      if (!is_new) {
        Fail(root / name, "gives image " + std::to_string(number) + " twice", "one file",
             at->second.filename().string() + " and " + file.string());
      }
    }
    entries.increment(code);
  }
  if (code) Fail(root / name, "cannot be read: " + code.message());
  return images;
}

}  // namespace

PictureSource ReadImageFolder(const fs::path& root, const fs::path& name) {
  PictureSource source;
  source.path = InsidePackage(root, name);
  RequireFolder(source.path);
  const std::map<int, fs::path> images = ListImages(root, name);
  if (images.empty()) Fail(source.path, "holds no image", "1.jpg or 1.png", "neither");
  if (images.begin()->first == 0) {
    Fail(root / images.begin()->second, "has a wrong number", "images counted from 1", "0");
  }
  source.images.reserve(images.size());
  for (const auto& [number, file] : images) {
    const auto next = static_cast<int>(source.images.size()) + 1;
    if (number != next) {
      const std::string missing = std::to_string(next) + file.extension().string();
      Fail(source.path / missing, "is missing",
           "images 1 to " + std::to_string(images.rbegin()->first),
           std::to_string(images.size()) + " of them");
    }
    const fs::path path = root / file;
    std::error_code code;
    if (fs::is_symlink(path, code)) InsidePackage(root, file);
    RequireFile(path);
    source.images.push_back(path);
  }
  const ImageSize size = ReadImageSize(source.images.front());
  source.width = size.width;
  source.height = size.height;
  source.frame_count = static_cast<int>(source.images.size());
  return source;
}

}  // namespace mouthpiece
