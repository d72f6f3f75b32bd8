#include "media/image_reader.h"

#include <algorithm>
#include <fstream>

#include "image/color.h"
#include "image/orientation.h"
#include "media/jpeg_decoder.h"
#include "media/picture_header.h"
#include "media/png_decoder.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr uintmax_t kMostFileBytes = uintmax_t{1} << 30;  // no picture of a package comes near

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

/// Makes `picture` one of that kind and size, unless it is; its contents are undefined.
PictureView Fit(Picture& picture, PixelFormat format, ColorRange range, int width, int height) {
  const PictureView view = picture.view();
  if (picture.empty() || view.format != format || view.range != range || view.width() != width ||
      view.height() != height) {
    picture = Picture(format, range, width, height);
  }
  return picture.view();
}

/// Whether samples of 4:2:0 can be turned as they are: a mirrored side has to be even.
bool TurnsExactly(const PictureHeader& header) {
  return (!header.orientation.flips_x || header.width % 2 == 0) &&
         (!header.orientation.flips_y || header.height % 2 == 0);
}

}  // namespace

ImageReader::ImageReader() = default;
ImageReader::~ImageReader() = default;

void ImageReader::Read(const std::filesystem::path& path, PictureView target) {
  const std::span<const uint8_t> file = ReadFile(path, file_);
  const PictureHeader header = ReadPictureHeader(path, file);
  if (header.width != target.width() || header.height != target.height()) {
    Fail(path, "is " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                   ", expected " + std::to_string(target.width()) + "x" +
                   std::to_string(target.height()));
  }
  const bool is_yuv = target.format == PixelFormat::kYuv420;
  if (header.orientation.is_upright()) {
    Decode(path, file, header.is_jpeg, target);
    return;
  }
  const bool turns_yuv = is_yuv && TurnsExactly(header);
  const PixelFormat format = is_yuv && !turns_yuv ? PixelFormat::kBgrPlanar : target.format;
  const bool swaps = header.orientation.is_transposed;
  const PictureView stored =
      Fit(stored_, format, format == target.format ? target.range : ColorRange::kFull,
          swaps ? header.height : header.width, swaps ? header.width : header.height);
  Decode(path, file, header.is_jpeg, stored);
  if (format == target.format) {
    Turn(stored, header.orientation, target);
    return;
  }
  const PictureView bgr =
      Fit(bgr_, PixelFormat::kBgrPlanar, ColorRange::kFull, header.width, header.height);
  Turn(stored, header.orientation, bgr);
  BgrToYuv(bgr, target);
}

void ImageReader::ReadAlpha(const std::filesystem::path& path, const Plane& target) {
  const std::span<const uint8_t> file = ReadFile(path, file_);
  const PictureHeader header = ReadPictureHeader(path, file);
  if (header.is_jpeg || !header.has_alpha) {
    for (int y = 0; y < target.height; ++y) std::fill_n(target.row(y), target.width, uint8_t{255});
    return;
  }
  if (!png_) png_ = std::make_unique<media::PngDecoder>();
  if (header.orientation.is_upright()) {
    png_->ReadAlpha(path, file, target);
    return;
  }
  // Turned as one of three planes that are all the same.
  const bool swaps = header.orientation.is_transposed;
  Picture stored(PixelFormat::kBgrPlanar, ColorRange::kFull, swaps ? header.height : header.width,
                 swaps ? header.width : header.height);
  Picture upright(PixelFormat::kBgrPlanar, ColorRange::kFull, header.width, header.height);
  png_->ReadAlpha(path, file, stored.view().planes[0]);
  ConstPictureView same = stored.view();
  same.planes[1] = same.planes[2] = same.planes[0];
  Turn(same, header.orientation, upright.view());
  for (int y = 0; y < target.height; ++y) {
    std::copy_n(upright.view().planes[0].row(y), target.width, target.row(y));
  }
}

void ImageReader::Decode(const std::filesystem::path& path, std::span<const uint8_t> file,
                         bool is_jpeg, PictureView target) {
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
  const PictureView bgr =
      Fit(bgr_, PixelFormat::kBgrPlanar, ColorRange::kFull, target.width(), target.height());
  read_bgr(bgr);
  BgrToYuv(bgr, target);
}

}  // namespace mouthpiece
