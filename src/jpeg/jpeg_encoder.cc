#include "jpeg/jpeg_encoder.h"

#include <algorithm>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kMostPixels = 65500;  // a side: where libjpeg draws the line, too
constexpr uint8_t kEndOfImage[] = {0xFF, 0xD9};

constexpr int StripRows(int component) { return component == 0 ? kMcuPixels : kBlockSize; }

constexpr int BlockCount(int samples) { return (samples + kBlockSize - 1) / kBlockSize; }

/// `rows` rows of a plane, fewer where it ends.
ConstPlane Rows(const ConstPlane& plane, int top, int rows) {
  return {plane.row(top), plane.stride, plane.width, std::min(rows, plane.height - top)};
}

/// Rows of one row of MCUs, fewer where the picture ends.
ConstPictureView StripAt(const ConstPictureView& picture, int top) {
  ConstPictureView strip = picture;
  for (int c = 0; c < 3; ++c) {
    strip.planes[c] = Rows(picture.planes[c], c == 0 ? top : top / 2, StripRows(c));
  }
  return strip;
}

void Append(std::span<const uint8_t> bytes, GrowingBytes& target) {
  std::ranges::copy(bytes, target.Reserve(bytes.size()));
  target.size += bytes.size();
}

}  // namespace

JpegEncoder::JpegEncoder(int quality, int restart_interval, YuvMatrix matrix)
    : setup_(MakeJpegSetup(quality, restart_interval)),
      interval_(restart_interval),
      matrix_(matrix),
      coder_(setup_.codes, restart_interval) {}

ConstPictureView JpegEncoder::Convert(const ConstPictureView& strip) {
  PictureView copy{PixelFormat::kYuv420, ColorRange::kFull, {}};
  for (int c = 0; c < 3; ++c) {
    const ConstPlane& plane = strip.planes[c];
    const auto bytes = static_cast<size_t>(plane.width) * static_cast<size_t>(StripRows(c));
    if (converted_[c].size() < bytes) converted_[c].resize(bytes);
    copy.planes[c] = {converted_[c].data(), plane.width, plane.width, plane.height};
  }
  YuvToJfif(strip, matrix_, copy);
  return copy;
}

void JpegEncoder::AddRow(const ConstPictureView& picture, int top) {
  ConstPictureView strip = StripAt(picture, top);
  const bool is_jfif = strip.range == ColorRange::kFull && matrix_ == YuvMatrix::kBt601;
  if (!is_jfif) strip = Convert(strip);
  const ConstPlane& luma = strip.planes[0];
  row_.mcus = McuCount(luma.width);
  row_.luma_columns = BlockCount(luma.width);
  row_.luma_rows = BlockCount(luma.height);
  for (int y = 0; y < row_.luma_rows; ++y) {
    TransformBlocks(Rows(luma, y * kBlockSize, kBlockSize), setup_.quant[0], row_.luma[y]);
  }
  for (int c = 0; c < 2; ++c) {
    TransformBlocks(strip.planes[c + 1], setup_.quant[1], row_.chroma[c]);
  }
  coder_.Encode(row_, file_);
}

std::span<const uint8_t> JpegEncoder::Encode(ConstPictureView picture) {
  const int width = picture.width(), height = picture.height();
  if (width > kMostPixels || height > kMostPixels) {
    throw Error(ErrorCode::kInternal, "JPEG encoder: expected at most " +
                                          std::to_string(kMostPixels) + " pixels a side, found " +
                                          std::to_string(width) + "x" + std::to_string(height));
  }
  uint8_t* const size = setup_.header.data() + setup_.size_at;
  size[0] = static_cast<uint8_t>(height >> 8);
  size[1] = static_cast<uint8_t>(height);
  size[2] = static_cast<uint8_t>(width >> 8);
  size[3] = static_cast<uint8_t>(width);
  file_.size = 0;
  Append(setup_.header, file_);
  coder_.Begin(0);
  for (int top = 0; top < height; top += kMcuPixels) AddRow(picture, top);
  coder_.Finish(file_);
  Append(kEndOfImage, file_);
  return {file_.bytes.data(), file_.size};
}

std::span<const uint8_t> JpegEncoder::EncodeRows(ConstPictureView part, int first_segment,
                                                 int segments_a_row, std::vector<size_t>& ends) {
  ends.clear();
  file_.size = 0;
  for (int top = 0; top < part.height(); top += kMcuPixels) {
    coder_.Begin(first_segment);
    AddRow(part, top);
    coder_.Finish(file_);
    ends.push_back(file_.size);
    first_segment += segments_a_row;
  }
  return {file_.bytes.data(), file_.size};
}

}  // namespace mouthpiece
