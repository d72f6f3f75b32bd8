#include "avatar/image_folder.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "avatar/file_access.h"
#include "avatar/numbered_files.h"
#include "base/faults.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

std::string SizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void RequireOneSize(const PictureSource& source) {
  std::vector<size_t> others;
  for (size_t i = 0; i < source.headers.size(); ++i) {
    const PictureHeader& header = source.headers[i];
    if (header.width != source.width || header.height != source.height) others.push_back(i);
  }
  if (others.empty()) return;
  const PictureHeader& other = source.headers[others.front()];
  std::vector<std::string> more;
  for (const size_t i : std::span(others).subspan(1)) {
    more.push_back(source.images[i].filename().string());
  }
  Fail(source.images[others.front()],
       more.empty() ? "has a wrong size"
                    : "and " + std::to_string(more.size()) + " more have a wrong size",
       SizeText(source.width, source.height) + " as " + source.images.front().filename().string(),
       SizeText(other.width, other.height) +
           (more.empty() ? "" : " (the others are " + ListOf(more) + ")"));
}

}  // namespace

PictureSource ReadImageFolder(const fs::path& root, const fs::path& name) {
  PictureSource source;
  source.path = InsidePackage(root, name);
  RequireFolder(source.path);
  const NumberedFiles files = ListNumberedFiles(source.path, {".jpg", ".jpeg", ".png"});
  if (files.by_number.empty()) {
    Fail(source.path, "holds no image", "1.jpg or 1.png, and so on", "neither");
  }
  RequireWithoutGaps(files, "images");
  source.first_number = files.first();
  for (const auto& [number, file] : files.by_number) {
    source.images.push_back(source.path / file);
    RequireFile(source.images.back());
    source.headers.push_back(ReadPictureHeader(source.images.back()));
  }
  source.width = source.headers.front().width;
  source.height = source.headers.front().height;
  source.frame_count = static_cast<int>(source.images.size());
  RequireOneSize(source);
  return source;
}

std::vector<std::string> WarningsOf(const PictureSource& folder, PictureUse use) {
  std::vector<std::string> warnings;
  const auto warn_of = [&](const auto& is_so, const std::string& what) {
    const auto first = std::find_if(folder.headers.begin(), folder.headers.end(), is_so);
    if (first == folder.headers.end()) return;
    const auto count = std::count_if(first, folder.headers.end(), is_so);
    const fs::path& image = folder.images[static_cast<size_t>(first - folder.headers.begin())];
    warnings.push_back(
        image.string() +
        (count == 1 ? ": " : " and " + std::to_string(count - 1) + " more pictures: ") + what);
  };
  warn_of(std::mem_fn(&PictureHeader::has_alpha), "transparency is left out");
  warn_of(std::mem_fn(&PictureHeader::is_cut),
          "the end is missing: what it held is left grey or coarse");
  if (use == PictureUse::kFace) return warnings;
  const auto has_odd_pixels = [](const PictureHeader& header) {
    return header.sample_aspect.num != header.sample_aspect.den;
  };
  warn_of(has_odd_pixels, "pixels are not square, those of the output are");
  warn_of(std::mem_fn(&PictureHeader::has_profile),
          "the colour profile is left out, as OpenCV does: colours may be off");
  return warnings;
}

}  // namespace mouthpiece
