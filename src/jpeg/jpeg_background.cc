#include "jpeg/jpeg_background.h"

#include <cstring>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr uint8_t kEscape = 0xFF;
constexpr uint8_t kStartOfFrame = 0xC0;
constexpr size_t kSizeInFrame = 5;  // behind the marker, the length and the precision
constexpr uint8_t kStartOfScan = 0xDA;
constexpr uint8_t kEndOfImage = 0xD9;
constexpr uint8_t kFirstRestart = 0xD0;
constexpr uint8_t kRestarts = 8;  // their numbers go round

[[noreturn]] void Refuse(const char* found) {
  throw Error(ErrorCode::kInternal,
              std::string("JPEG: expected one scan with restart markers, found ") + found);
}

}  // namespace

JpegHeader ReadHeader(std::span<const uint8_t> file) {
  JpegHeader header;
  size_t at = kMarkerBytes;  // the start of the image
  while (at + kMarkerBytes + 2 <= file.size()) {
    if (file[at] != kEscape) Refuse("no marker where one belongs");
    const uint8_t marker = file[at + 1];
    if (marker == kStartOfFrame) header.size_at = at + kSizeInFrame;
    at += kMarkerBytes + static_cast<size_t>(file[at + 2] << 8 | file[at + 3]);
    if (marker != kStartOfScan) continue;
    if (header.size_at == 0) break;
    header.bytes = at;
    return header;
  }
  Refuse("no scan");
}

void FindSegments(std::span<const uint8_t> file, std::vector<uint32_t>& starts) {
  size_t at = ReadHeader(file).bytes;
  starts.assign(1, static_cast<uint32_t>(at));
  while (at + kMarkerBytes <= file.size()) {
    // In entropy-coded data a zero follows every 0xFF; anything else makes it a marker.
    const void* escape = std::memchr(file.data() + at, kEscape, file.size() - 1 - at);
    if (escape == nullptr) break;
    at = static_cast<size_t>(static_cast<const uint8_t*>(escape) - file.data());
    const uint8_t marker = file[at + 1];
    at += kMarkerBytes;
    if (marker == 0) continue;
    const size_t segment = starts.size() - 1;
    starts.push_back(static_cast<uint32_t>(at));
    if (marker == kEndOfImage) return;
    if (marker != kFirstRestart + segment % kRestarts) Refuse("another marker");
  }
  Refuse("no end");
}

}  // namespace mouthpiece
