#include "avatar/image_size.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "avatar/file_access.h"

namespace mouthpiece {
namespace {

uint32_t BigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

ImageSize Checked(const std::filesystem::path& path, uint32_t width, uint32_t height,
                  bool is_jpeg) {
  constexpr uint32_t kLargest = std::numeric_limits<int16_t>::max();
  if (width == 0 || height == 0 || width > kLargest || height > kLargest) {
    Fail(path, "has a wrong size", "1x1 to 32767x32767",
         std::to_string(width) + "x" + std::to_string(height));
  }
  return {static_cast<int>(width), static_cast<int>(height), is_jpeg};
}

/// Finds the frame header (SOF) of a JPEG; `file` stands after the start of image.
ImageSize ReadJpegSize(std::ifstream& file, const std::filesystem::path& path) {
  const auto read = [&](size_t count) {
    std::array<char, 4> bytes{};
    ReadExactly(file, path, std::span(bytes).first(count));
    return BigEndian({bytes.data(), count});
  };
  while (true) {
    if (read(1) != 0xff) Fail(path, "is a damaged JPEG: a marker is missing before its size");
    uint32_t marker = read(1);
    while (marker == 0xff) marker = read(1);  // Fill bytes
    const uint32_t length = read(2);          // Counts itself
    // SOF0 to SOF15; three numbers between them mean other things (DHT, JPG, DAC).
    const bool is_frame_header =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame_header && length >= 7) {
      read(1);  // Bits a sample
      const uint32_t height = read(2);
      return Checked(path, read(2), height, true);
    }
    if (is_frame_header || length < 2 || marker == 0xda || marker == 0xd9) {
      Fail(path, "is a damaged JPEG: it gives no size");
    }
    file.seekg(length - 2, std::ios::cur);
  }
}

ImageSize ReadPngSize(std::ifstream& file, const std::filesystem::path& path) {
  // The chunk IHDR: length, name, width, height.
  std::array<char, 16> bytes{};
  ReadExactly(file, path, bytes);
  const std::string_view chunk(bytes.data(), bytes.size());
  if (chunk.substr(4, 4) != "IHDR") Fail(path, "is a damaged PNG: it does not start with IHDR");
  return Checked(path, BigEndian(chunk.substr(8, 4)), BigEndian(chunk.substr(12, 4)), false);
}

}  // namespace

ImageSize ReadImageSize(const std::filesystem::path& path) {
  constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
  std::ifstream file = OpenFile(path);
  std::array<char, 8> bytes{};
  ReadExactly(file, path, bytes);
  const std::string_view start(bytes.data(), bytes.size());
  if (start == kPng) return ReadPngSize(file, path);
  if (!start.starts_with("\xff\xd8\xff")) {
    Fail(path, "is no image", "a JPEG or PNG file", "data that starts with " + Quoted(start));
  }
  file.seekg(2);
  return ReadJpegSize(file, path);
}

}  // namespace mouthpiece
