#include "avatar/mp4_boxes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "avatar/file_access.h"

namespace mouthpiece {
namespace {

constexpr int kMostBoxes = 1 << 20;  // Fragmented files have two a fragment

bool IsKnown(std::string_view type) {
  constexpr std::array<std::string_view, 7> kTypes = {"ftyp", "moov", "mdat", "moof",
                                                      "free", "skip", "wide"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

void RequireWholeMp4(const std::filesystem::path& path) {
  const uint64_t end = RequireFile(path);
  std::ifstream file = OpenFile(path);
  uint64_t at = 0;
  for (int boxes = 0; end - at >= 8 && boxes < kMostBoxes; ++boxes) {
    std::array<char, 16> bytes{};
    file.seekg(static_cast<std::streamoff>(at));
    ReadExactly(file, path, std::span(bytes).first(std::min<uint64_t>(16, end - at)));
    const std::string_view start(bytes.data(), bytes.size());
    const std::string_view type = start.substr(4, 4);
    if (!IsKnown(type)) {
      if (at > 0) return;  // Whatever follows the boxes that matter
      Fail(path, "is no video", "an MP4 file",
           "data that starts with " + Quoted(start.substr(0, 8)));
    }
    uint64_t size = BigEndian(start.substr(0, 4));
    if (size == 0) return;  // Goes to the end, wherever that is
    if (size == 1) size = BigEndian(start.substr(8, 8));
    if (size < 8 || size > end - at) {
      Fail(path, "is cut short or damaged at byte " + std::to_string(at),
           std::to_string(size) + " bytes of " + std::string(type), std::to_string(end - at));
    }
    at += size;
  }
  if (at == 0) Fail(path, "is no video", "an MP4 file", std::to_string(end) + " bytes");
}

}  // namespace mouthpiece
