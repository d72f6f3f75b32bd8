#include "media/png_check.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

uint32_t BigEndian(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

uint32_t Checksum(std::string_view bytes) {
  const AVCRC* table = av_crc_get_table(AV_CRC_32_IEEE_LE);
  return ~av_crc(table, ~uint32_t{0}, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

void RequireWholePng(const std::filesystem::path& path) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  constexpr size_t kAround = 12;  // size and type before, checksum behind
  std::ifstream stream(path, std::ios::binary);
  std::string start(kSignature.size(), '\0');
  if (!stream.read(start.data(), static_cast<std::streamsize>(start.size())) ||
      start != kSignature) {
    return;
  }
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  std::string_view left = file;
  while (left.size() >= kAround) {
    const size_t size = BigEndian(left, 0);
    if (size > left.size() - kAround) return;
    if (Checksum(left.substr(4, 4 + size)) != BigEndian(left, 8 + size)) {
      throw Error(ErrorCode::kBadMedia, path.string() + ": is damaged: the checksum of its part " +
                                            std::string(left.substr(4, 4)) + " is wrong");
    }
    if (left.substr(4, 4) == "IEND") return;
    left.remove_prefix(kAround + size);
  }
}

}  // namespace mouthpiece
