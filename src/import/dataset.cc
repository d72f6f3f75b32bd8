#include "import/dataset.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "avatar/file_access.h"
#include "avatar/image_size.h"
#include "import/landmarks.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// The number that `name` is, if it has one of the suffixes and nothing but digits before it.
std::optional<int> NumberOf(const fs::path& name, std::initializer_list<const char*> suffixes) {
  const std::string suffix = name.extension().string();
  if (std::find(suffixes.begin(), suffixes.end(), suffix) == suffixes.end()) return std::nullopt;
  const std::string digits = name.stem().string();
  int number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // Comparing with to_string leaves "007" aside, which nobody reads as a frame.
  if (status != std::errc() || number < 0 || std::to_string(number) != digits) {
    return std::nullopt;
  }
  return number;
}

/// Files of `folder` that are called 0, 1, 2 ... without holes, by number; others are not looked
/// at.
std::vector<fs::path> ListNumbered(const fs::path& folder,
                                   std::initializer_list<const char*> suffixes) {
  RequireFolder(folder);
  std::map<int, fs::path> by_number;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::optional<int> number = NumberOf(entry.path().filename(), suffixes);
    if (!number) continue;
    const auto [other, is_new] = by_number.emplace(*number, entry.path());
    if (!is_new) {
      Fail(entry.path(), "is there twice", "one file a frame",
           other->second.filename().string() + " too");
    }
  }
  std::vector<fs::path> files;
  for (auto& [number, path] : by_number) {
    const auto expected = static_cast<int>(files.size());
    if (number != expected) {
      Fail(folder / (std::to_string(expected) + *suffixes.begin()), "is missing",
           "files 0 to " + std::to_string(by_number.rbegin()->first) + " without a hole",
           std::to_string(by_number.size()) + " files");
    }
    files.push_back(path);
  }
  if (files.empty()) {
    Fail(folder, "holds no frame",
         std::string("0") + *suffixes.begin() + ", 1" + *suffixes.begin() + ", ...", "none");
  }
  return files;
}

std::string SizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void RequireSize(const fs::path& path, int width, int height, const std::string& of_what) {
  const ImageSize size = ReadImageSize(path);
  if (size.width == width && size.height == height) return;
  Fail(path, "has a wrong size", SizeText(width, height) + " as " + of_what,
       SizeText(size.width, size.height));
}

}  // namespace

Dataset ReadDataset(const fs::path& root) {
  RequireFolder(root);
  Dataset dataset;
  dataset.root = root;
  dataset.images = ListNumbered(root / "full_body_img", {".jpg", ".jpeg", ".png"});
  const ImageSize size = ReadImageSize(dataset.images.front());
  dataset.width = size.width;
  dataset.height = size.height;
  const std::string first = dataset.images.front().filename().string();
  if (NameExists(root / "parsing")) dataset.parsing = ListNumbered(root / "parsing", {".png"});
  for (size_t frame = 0; frame < dataset.images.size(); ++frame) {
    RequireSize(dataset.images[frame], size.width, size.height, first);
    const fs::path landmarks = root / "landmarks" / (std::to_string(frame) + ".lms");
    if (!NameExists(landmarks)) {
      Fail(landmarks, "is missing", "landmarks for every frame",
           "none for " + dataset.images[frame].filename().string());
    }
    dataset.rectangles.push_back(ReadFaceSquare(landmarks, size.width, size.height));
    if (dataset.parsing.empty()) continue;
    if (frame >= dataset.parsing.size()) {
      Fail(root / "parsing" / (std::to_string(frame) + ".png"), "is missing",
           "parsing for every frame", "none for " + dataset.images[frame].filename().string());
    }
    RequireSize(dataset.parsing[frame], size.width, size.height, first);
  }
  if (NameExists(root / "aud_ave.npy")) dataset.features = root / "aud_ave.npy";
  return dataset;
}

}  // namespace mouthpiece
