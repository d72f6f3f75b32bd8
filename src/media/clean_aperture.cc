#include "media/clean_aperture.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <string_view>

namespace mouthpiece::media {
namespace {

/// What lies in a file from `at` to `end`.
struct Range {
  int64_t at = 0;
  int64_t end = 0;
};

uint64_t Number(std::span<const char> bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

/// Walks over boxes.
class Boxes {
 public:
  explicit Boxes(const std::filesystem::path& path) : file_(path, std::ios::binary) {
    std::error_code failed;
    const uintmax_t size = std::filesystem::file_size(path, failed);
    whole_ = {0, failed ? 0 : static_cast<int64_t>(size)};
  }

  Range whole() const { return whole_; }

  /// The content of the first box `type` in `range`, which goes on behind it.
  std::optional<Range> Find(Range& range, std::string_view type) {
    constexpr int kMostBoxes = 4096;
    for (int boxes = 0; boxes < kMostBoxes && range.end - range.at >= 8; ++boxes) {
      std::array<char, 16> head{};
      if (!Read(range.at, std::span(head).first(range.end - range.at < 16 ? 8 : 16))) break;
      uint64_t size = Number(std::span(head).first(4));
      const int64_t header = size == 1 ? 16 : 8;
      if (size == 1) size = Number(std::span(head).last(8));
      if (size == 0) size = static_cast<uint64_t>(range.end - range.at);
      if (size < static_cast<uint64_t>(header) ||
          size > static_cast<uint64_t>(range.end - range.at)) {
        break;
      }
      const Range content{range.at + header, range.at + static_cast<int64_t>(size)};
      range.at = content.end;
      if (std::string_view(head.data() + 4, 4) == type) return content;
    }
    range.at = range.end;
    return std::nullopt;
  }

  /// The same of boxes in boxes.
  std::optional<Range> FindPath(Range range, std::span<const std::string_view> types) {
    for (const std::string_view type : types) {
      const std::optional<Range> found = Find(range, type);
      if (!found) return std::nullopt;
      range = *found;
    }
    return range;
  }

  bool Read(int64_t at, std::span<char> bytes) {
    file_.clear();
    file_.seekg(at);
    return static_cast<bool>(file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
  }

 private:
  std::ifstream file_;
  Range whole_;
};

bool IsVideo(Boxes& boxes, Range track) {
  constexpr std::string_view kHandler[] = {"mdia", "hdlr"};
  const std::optional<Range> handler = boxes.FindPath(track, kHandler);
  std::array<char, 12> content{};
  return handler && handler->end - handler->at >= 12 && boxes.Read(handler->at, content) &&
         std::string_view(content.data() + 8, 4) == "vide";
}

/// The aperture's box in the description of a track's pictures.
std::optional<Range> ApertureBox(Boxes& boxes, Range track) {
  constexpr std::string_view kDescriptions[] = {"mdia", "minf", "stbl", "stsd"};
  constexpr int64_t kCount = 8;         // version, flags, number of descriptions
  constexpr int64_t kDescription = 86;  // header and fields of the first, before its boxes
  std::optional<Range> descriptions = boxes.FindPath(track, kDescriptions);
  if (!descriptions) return std::nullopt;
  descriptions->at += kCount + kDescription;
  return boxes.Find(*descriptions, "clap");
}

}  // namespace

std::optional<std::string> CleanApertureOf(const std::filesystem::path& path, int width,
                                           int height) {
  Boxes boxes(path);
  Range file = boxes.whole();
  std::optional<Range> movie = boxes.Find(file, "moov");
  while (movie) {
    const std::optional<Range> track = boxes.Find(*movie, "trak");
    if (!track) return std::nullopt;
    if (!IsVideo(boxes, *track)) continue;
    const std::optional<Range> box = ApertureBox(boxes, *track);
    std::array<char, 16> sizes{};  // numerators and denominators of width and height
    if (!box || box->end - box->at < 32 || !boxes.Read(box->at, sizes)) return std::nullopt;
    const auto part = [&](size_t at) {
      const auto top = static_cast<double>(Number(std::span(sizes).subspan(at, 4)));
      const auto bottom = static_cast<double>(Number(std::span(sizes).subspan(at + 4, 4)));
      return bottom > 0 ? top / bottom : 0;
    };
    constexpr double kHalf = 0.5;
    const double shown_width = part(0);
    const double shown_height = part(8);
    if (shown_width <= 0 || shown_height <= 0 ||
        (shown_width > width - kHalf && shown_height > height - kHalf)) {
      return std::nullopt;
    }
    char text[64];
    std::snprintf(text, sizeof(text), "%gx%g", shown_width, shown_height);
    return text;
  }
  return std::nullopt;
}

}  // namespace mouthpiece::media
