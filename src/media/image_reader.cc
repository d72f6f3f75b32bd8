#include "media/image_reader.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "image/color.h"
#include "media/jpeg_decoder.h"
#include "media/png_decoder.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr std::array<uint8_t, 3> kJpegStart{0xff, 0xd8, 0xff};
constexpr std::array<uint8_t, 8> kPngStart{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr uintmax_t kMostFileBytes = uintmax_t{1} << 30;  // no picture of a package comes near

template <size_t N>
bool StartsWith(std::span<const uint8_t> file, const std::array<uint8_t, N>& start) {
  return file.size() >= N && std::equal(start.begin(), start.end(), file.begin());
}

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadMedia, path.string() + ": " + what);
}

/// Reads the whole file into `bytes`, with zeros behind it. Returns the part that is the file.
std::span<const uint8_t> ReadFile(const std::filesystem::path& path, std::vector<uint8_t>& bytes) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error) Fail(path, "cannot be read: " + error.message());
  if (size > kMostFileBytes) Fail(path, "is too large for a picture");
  const auto count = static_cast<size_t>(size);
  bytes.resize(count + AV_INPUT_BUFFER_PADDING_SIZE);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count))) {
    Fail(path, "cannot be read");
  }
  std::fill(bytes.begin() + static_cast<ptrdiff_t>(count), bytes.end(), uint8_t{0});
  return {bytes.data(), count};
}

bool SameSize(ConstPictureView a, ConstPictureView b) {
  return a.width() == b.width() && a.height() == b.height();
}

}  // namespace

ImageReader::ImageReader() = default;
ImageReader::~ImageReader() = default;

void ImageReader::Read(const std::filesystem::path& path, PictureView target) {
  const std::span<const uint8_t> file = ReadFile(path, file_);
  const bool is_jpeg = StartsWith(file, kJpegStart);
  if (!is_jpeg && !StartsWith(file, kPngStart)) Fail(path, "is neither a JPEG nor a PNG picture");
  if (is_jpeg && !jpeg_) jpeg_ = std::make_unique<media::JpegDecoder>();
  if (!is_jpeg && !png_) png_ = std::make_unique<media::PngDecoder>();
  const auto read_bgr = [&](PictureView bgr) {
    if (is_jpeg) {
      jpeg_->ReadBgr(path, file, bgr);
    } else {
      png_->ReadBgr(path, file, bgr);
    }
  };
  if (target.format == PixelFormat::kBgrPlanar) {
    read_bgr(target);
    return;
  }
  if (is_jpeg && target.range == ColorRange::kFull && jpeg_->ReadYuv420(path, file, target)) return;
  if (bgr_.empty() || !SameSize(bgr_.view(), target)) {
    bgr_ = Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, target.width(), target.height());
  }
  read_bgr(bgr_.view());
  BgrToYuv(bgr_.view(), target);
}

}  // namespace mouthpiece
