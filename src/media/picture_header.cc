#include "media/picture_header.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

constexpr size_t kEndBytes = 64;  // an end mark lies within the last so many: some tools fill up

uint32_t BigEndian(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

/// The bytes of a picture, in memory or in its file.
class Bytes {
 public:
  Bytes(const fs::path& path, std::span<const uint8_t> file) : path_(path), memory_(file) {}
  explicit Bytes(const fs::path& path) : path_(path) {
    errno = 0;
    std::error_code code;
    if (!fs::is_regular_file(path, code)) Fail(code ? code.message() : "is no file");
    file_.open(path, std::ios::binary);
    if (!file_) Fail("cannot be opened: " + std::generic_category().message(errno ? errno : EIO));
  }

  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorCode::kBadMedia, path_.string() + ": " + what);
  }

  /// Up to `target.size()` bytes from `offset` on; returns how many there are.
  size_t ReadSome(uint64_t offset, std::span<uint8_t> target) {
    if (target.empty()) return 0;
    if (!file_.is_open()) {
      if (offset >= memory_.size()) return 0;
      const size_t count = std::min<uint64_t>(target.size(), memory_.size() - offset);
      std::memcpy(target.data(), memory_.data() + offset, count);
      return count;
    }
    file_.clear();
    if (offset != position_) file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(target.data()), static_cast<std::streamsize>(target.size()));
    const auto count = static_cast<size_t>(std::max<std::streamsize>(file_.gcount(), 0));
    position_ = offset + count;
    return count;
  }

  void Read(uint64_t offset, std::span<uint8_t> target) {
    const size_t found = ReadSome(offset, target);
    if (found == target.size()) return;
    Fail("ends early: expected " + std::to_string(target.size()) + " more bytes, found " +
         std::to_string(found));
  }

  /// A big-endian number of `count` <= 4 bytes.
  uint32_t Number(uint64_t offset, size_t count) {
    std::array<uint8_t, 4> bytes{};
    const auto used = std::span(bytes).first(count);
    Read(offset, used);
    return BigEndian(used);
  }

  /// Whether `mark` is among the last bytes.
  bool EndsWith(std::string_view mark) {
    std::array<uint8_t, kEndBytes> end{};
    const uint64_t size = Size();
    const uint64_t from = size - std::min<uint64_t>(size, kEndBytes);
    const size_t count = ReadSome(from, end);
    const std::string_view text(reinterpret_cast<const char*>(end.data()), count);
    return text.find(mark) != std::string_view::npos;
  }

 private:
  uint64_t Size() {
    if (!file_.is_open()) return memory_.size();
    file_.clear();
    file_.seekg(0, std::ios::end);
    const std::streamoff size = file_.tellg();
    position_ = std::numeric_limits<uint64_t>::max();
    return size > 0 ? static_cast<uint64_t>(size) : 0;
  }

  const fs::path& path_;
  std::span<const uint8_t> memory_;
  std::ifstream file_;
  uint64_t position_ = 0;
};

/// Value of the orientation tag in the first directory of `tiff`, EXIF's own format; 0 if it has
/// none.
int OrientationTag(std::span<const uint8_t> tiff) {
  constexpr uint32_t kOrientation = 0x0112;
  constexpr size_t kEntryBytes = 12;
  if (tiff.size() < 8) return 0;
  const bool is_little = tiff[0] == 'I' && tiff[1] == 'I';
  if (!is_little && !(tiff[0] == 'M' && tiff[1] == 'M')) return 0;
  const auto number = [&](size_t at, size_t count) -> size_t {
    if (at > tiff.size() || count > tiff.size() - at) return 0;
    std::array<uint8_t, 4> bytes{};
    std::copy_n(tiff.begin() + static_cast<ptrdiff_t>(at), count, bytes.begin());
    const auto used = std::span(bytes).first(count);
    if (is_little) std::reverse(used.begin(), used.end());
    return BigEndian(used);
  };
  const size_t directory = number(4, 4);
  const size_t entries = number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (entry >= tiff.size()) return 0;
    if (number(entry, 2) == kOrientation) return static_cast<int>(number(entry + 8, 2));
  }
  return 0;
}

constexpr std::string_view kStandardProfile = "sRGB";

/// Whether a colour profile calls itself sRGB, in ASCII or in UTF-16.
bool IsStandardProfile(std::string_view profile) {
  constexpr std::string_view kWide("s\0R\0G\0B", 7);
  return profile.find(kStandardProfile) != std::string_view::npos ||
         profile.find(kWide) != std::string_view::npos;
}

/// `x` and `y` pixels lie in the same length; numbers that are not given say nothing.
void SetDensities(uint32_t x, uint32_t y, PictureHeader& header) {
  constexpr auto kMost = static_cast<uint32_t>(std::numeric_limits<int>::max());
  if (x == 0 || y == 0 || x > kMost || y > kMost) return;
  const uint32_t divisor = std::gcd(x, y);
  header.sample_aspect = {static_cast<int>(y / divisor), static_cast<int>(x / divisor)};
}

void SetSize(const Bytes& bytes, uint32_t width, uint32_t height, PictureHeader& header) {
  constexpr uint32_t kLargest = std::numeric_limits<int16_t>::max();
  if (width == 0 || height == 0 || width > kLargest || height > kLargest) {
    bytes.Fail("has a wrong size: expected 1x1 to 32767x32767, found " + std::to_string(width) +
               "x" + std::to_string(height));
  }
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  if (header.orientation.is_transposed) std::swap(header.width, header.height);
}

/// Where an EXIF block begins inside the segment APP1, after its name.
constexpr std::string_view kExif("Exif\0\0", 6);

/// JFIF's densities, or the beginning of a colour profile.
void ReadAppSegment(const std::string& segment, PictureHeader& header) {
  constexpr std::string_view kJfif("JFIF\0", 5);
  constexpr std::string_view kProfile("ICC_PROFILE\0", 12);
  constexpr size_t kUnitAt = 7;
  if (segment.starts_with(kJfif) && segment.size() >= kUnitAt + 5) {
    const auto byte = [&](size_t i) {
      return uint32_t{static_cast<uint8_t>(segment[kUnitAt + i])};
    };
    const uint32_t x = byte(1) << 8 | byte(2);
    const uint32_t y = byte(3) << 8 | byte(4);
    // Without a unit they are taken for the aspect itself, as FFmpeg does.
    if (byte(0) == 0) {
      SetDensities(y, x, header);
    } else {
      SetDensities(x, y, header);
    }
  }
  constexpr size_t kNumberAt = 12;
  const bool is_first = segment.size() > kNumberAt && segment[kNumberAt] == 1;
  if (segment.starts_with(kProfile) && is_first) header.has_profile = !IsStandardProfile(segment);
}

/// Finds the frame header (SOF) of a JPEG; segments start after the start of image.
PictureHeader ReadJpegHeader(Bytes& bytes) {
  PictureHeader header;
  header.is_jpeg = true;
  bool has_exif = false;
  uint64_t at = 2;
  while (true) {
    if (bytes.Number(at++, 1) != 0xff) {
      bytes.Fail("is a damaged JPEG: a marker is missing before its size");
    }
    uint32_t marker = bytes.Number(at++, 1);
    while (marker == 0xff) marker = bytes.Number(at++, 1);  // Fill bytes
    const uint32_t length = bytes.Number(at, 2);            // Counts itself
    // SOF0 to SOF15; three numbers between them mean other things (DHT, JPG, DAC).
    const bool is_frame_header =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame_header && length >= 8) {
      header.bit_depth = static_cast<int>(bytes.Number(at + 2, 1));
      const uint32_t components = bytes.Number(at + 7, 1);
      if (components == 1) header.color = PictureColor::kGray;
      if (components == 4) header.color = PictureColor::kCmyk;
      SetSize(bytes, bytes.Number(at + 5, 2), bytes.Number(at + 3, 2), header);
      header.is_cut = !bytes.EndsWith("\xff\xd9");
      return header;
    }
    if (is_frame_header || length < 2 || marker == 0xda || marker == 0xd9) {
      bytes.Fail("is a damaged JPEG: it gives no size");
    }
    if (marker == 0xe1 && !has_exif && length > 2 + kExif.size()) {
      std::vector<uint8_t> segment(length - 2);
      bytes.Read(at + 2, segment);
      has_exif = std::equal(kExif.begin(), kExif.end(), segment.begin(),
                            [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
      if (has_exif) {
        header.orientation =
            ExifOrientation(OrientationTag(std::span(segment).subspan(kExif.size())));
      }
    }
    if ((marker == 0xe0 || marker == 0xe2) && length > 2) {
      std::string segment(length - 2, '\0');
      bytes.Read(at + 2, std::span(reinterpret_cast<uint8_t*>(segment.data()), segment.size()));
      ReadAppSegment(segment, header);
    }
    at += length;
  }
}

PictureHeader ReadPngHeader(Bytes& bytes) {
  constexpr uint32_t kHeader = 0x49484452;        // IHDR
  constexpr uint32_t kPixels = 0x49444154;        // IDAT
  constexpr uint32_t kEnd = 0x49454e44;           // IEND
  constexpr uint32_t kTransparency = 0x74524e53;  // tRNS
  constexpr uint32_t kExifChunk = 0x65584966;     // eXIf
  constexpr uint32_t kMostExif = 1 << 16;
  constexpr uint32_t kDensities = 0x70485973;       // pHYs
  constexpr uint32_t kStandardColors = 0x73524742;  // sRGB
  constexpr uint32_t kProfile = 0x69434350;         // iCCP
  constexpr size_t kProfileName = 80;               // at most; the rest is compressed
  bool is_standard = false;
  PictureHeader header;
  uint64_t at = 8;
  if (bytes.Number(at + 4, 4) != kHeader) {
    bytes.Fail("is a damaged PNG: it does not start with IHDR");
  }
  std::array<uint8_t, 10> start{};
  bytes.Read(at + 8, start);
  header.bit_depth = start[8];
  const int kind = start[9];
  header.has_alpha = kind == 4 || kind == 6;
  if (kind == 0 || kind == 4) header.color = PictureColor::kGray;
  if (kind == 3) header.color = PictureColor::kPalette;
  at += 12 + uint64_t{bytes.Number(at, 4)};
  // Whatever is wrong with the chunks that follow is found when they are decoded.
  std::array<uint8_t, 8> chunk{};
  while (bytes.ReadSome(at, chunk) == chunk.size()) {
    const uint32_t length = BigEndian(std::span(chunk).first(4));
    const uint32_t name = BigEndian(std::span(chunk).subspan(4));
    if (name == kPixels || name == kEnd) break;
    if (name == kTransparency) header.has_alpha = true;
    if (name == kDensities) {
      SetDensities(bytes.Number(at + 8, 4), bytes.Number(at + 12, 4), header);
    }
    if (name == kStandardColors) is_standard = true;
    if (name == kProfile) {
      std::string profile_name(kProfileName, '\0');
      bytes.ReadSome(at + 8,
                     std::span(reinterpret_cast<uint8_t*>(profile_name.data()), kProfileName));
      header.has_profile = !IsStandardProfile(profile_name);
    }
    if (name == kExifChunk && length <= kMostExif) {
      std::vector<uint8_t> exif(length);
      exif.resize(bytes.ReadSome(at + 8, exif));
      header.orientation = ExifOrientation(OrientationTag(exif));
    }
    at += 12 + uint64_t{length};
  }
  if (is_standard) header.has_profile = false;
  SetSize(bytes, BigEndian(std::span(start).first(4)), BigEndian(std::span(start).subspan(4, 4)),
          header);
  header.is_cut = !bytes.EndsWith("IEND");
  return header;
}

PictureHeader ReadHeader(Bytes& bytes) {
  constexpr std::array<uint8_t, 8> kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  constexpr std::array<uint8_t, 3> kJpeg{0xff, 0xd8, 0xff};
  std::array<uint8_t, 8> start{};
  const size_t count = bytes.ReadSome(0, start);
  if (count == start.size() && start == kPng) return ReadPngHeader(bytes);
  if (count >= kJpeg.size() && std::equal(kJpeg.begin(), kJpeg.end(), start.begin())) {
    return ReadJpegHeader(bytes);
  }
  if (count == 0) bytes.Fail("is empty: expected data, found 0 bytes");
  std::string found;
  for (const uint8_t byte : std::span(start).first(count)) {
    found += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  }
  bytes.Fail("is no image: expected a JPEG or PNG file, found data that starts with \"" + found +
             "\"");
}

}  // namespace

PictureHeader ReadPictureHeader(const fs::path& path) {
  Bytes bytes(path);
  return ReadHeader(bytes);
}

PictureHeader ReadPictureHeader(const fs::path& path, std::span<const uint8_t> file) {
  Bytes bytes(path, file);
  return ReadHeader(bytes);
}

}  // namespace mouthpiece
