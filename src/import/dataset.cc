#include "import/dataset.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "avatar/file_access.h"
#include "avatar/numbered_files.h"
#include "base/faults.h"
#include "import/landmarks.h"
#include "media/picture_header.h"
#include "media/png_check.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Files of `folder` by number, from 0 or 1 without a gap.
NumberedFiles ListFrames(const fs::path& folder, std::initializer_list<std::string_view> suffixes) {
  RequireFolder(folder);
  NumberedFiles files = ListNumberedFiles(folder, suffixes);
  if (files.by_number.empty()) {
    const std::string suffix(*suffixes.begin());
    Fail(folder, "holds no frame", "0" + suffix + ", 1" + suffix + ", ...", "none");
  }
  RequireWithoutGaps(files, "files");
  return files;
}

/// The file of a frame's number. `fallback` is what it would be called in an empty folder.
fs::path FileOf(const NumberedFiles& files, int number, const std::string& fallback,
                const std::string& what, const fs::path& image) {
  const auto file = files.by_number.find(number);
  if (file != files.by_number.end()) return files.folder / file->second;
  Fail(files.folder / (files.by_number.empty() ? fallback : files.NameOf(number)), "is missing",
       what + " for every frame", "none for " + image.filename().string());
}

std::string SizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void RequireSize(const fs::path& path, int width, int height, const std::string& of_what) {
  const PictureHeader size = ReadPictureHeader(path);
  if (size.width == width && size.height == height) return;
  Fail(path, "has a wrong size", SizeText(width, height) + " as " + of_what,
       SizeText(size.width, size.height));
}

/// As messages call one of many files.
std::string NameIn(const fs::path& path) {
  return (path.parent_path().filename() / path.filename()).string();
}

}  // namespace

Dataset ReadDataset(const fs::path& root) {
  RequireFolder(root);
  Dataset dataset;
  dataset.root = root;
  const NumberedFiles images = ListFrames(root / "full_body_img", {".jpg", ".jpeg", ".png"});
  NumberedFiles landmarks{root / "landmarks", {}};
  if (NameExists(landmarks.folder)) landmarks = ListNumberedFiles(landmarks.folder, {".lms"});
  NumberedFiles parsing{root / "parsing", {}};
  const bool has_parsing = NameExists(parsing.folder);
  if (has_parsing) parsing = ListFrames(parsing.folder, {".png"});
  std::string first;
  Faults faults;
  for (const auto& [number, name] : images.by_number) {
    const fs::path image = images.folder / name;
    const std::string fallback = std::to_string(number);
    faults.Try(NameIn(image), [&] {
      if (first.empty()) {
        const PictureHeader header = ReadPictureHeader(image);
        dataset.width = header.width;
        dataset.height = header.height;
        first = name.string();
      }
      RequireSize(image, dataset.width, dataset.height, first);
      RequireWholePng(image);
    });
    dataset.images.push_back(image);
    if (first.empty()) continue;
    faults.Try("landmarks/" + fallback + ".lms", [&] {
      dataset.rectangles.push_back(
          ReadFaceSquare(FileOf(landmarks, number, fallback + ".lms", "landmarks", image),
                         dataset.width, dataset.height));
    });
    if (!has_parsing) continue;
    faults.Try("parsing/" + fallback + ".png", [&] {
      dataset.parsing.push_back(FileOf(parsing, number, fallback + ".png", "parsing", image));
      RequireSize(dataset.parsing.back(), dataset.width, dataset.height, first);
    });
  }
  faults.ThrowIfAny();
  if (NameExists(root / "aud_ave.npy")) dataset.features = root / "aud_ave.npy";
  return dataset;
}

}  // namespace mouthpiece
