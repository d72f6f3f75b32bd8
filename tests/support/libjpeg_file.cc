#include "support/libjpeg_file.h"

#include <jpeglib.h>
#include <stddef.h>
#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "image/color.h"

namespace mouthpiece::testing {
namespace {

/// A plane as whole MCUs: its last column and row repeated.
std::vector<uint8_t> FillUp(const ConstPlane& plane, int width, int height) {
  std::vector<uint8_t> samples;
  for (int y = 0; y < height; ++y) {
    const uint8_t* row = plane.row(std::min(y, plane.height - 1));
    for (int x = 0; x < width; ++x) samples.push_back(row[std::min(x, plane.width - 1)]);
  }
  return samples;
}

}  // namespace

std::vector<uint8_t> EncodeWithLibjpeg(ConstPictureView picture, int quality,
                                       int restart_interval) {
  constexpr int kMcu = 16;
  const int mcus = (picture.width() + kMcu - 1) / kMcu, rows = (picture.height() + kMcu - 1) / kMcu;
  Picture full(PixelFormat::kYuv420, ColorRange::kFull, picture.width(), picture.height());
  if (picture.range == ColorRange::kLimited) {
    LimitedToFullReference(picture, full.view());
  } else {
    CopyPicture(picture, full.view());
  }
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { throw std::runtime_error("libjpeg gave up"); };
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width());
  info.image_height = static_cast<JDIMENSION>(picture.height());
  info.input_components = 3;
  info.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.raw_data_in = TRUE;
  info.dct_method = JDCT_ISLOW;
  info.restart_interval = static_cast<unsigned>(restart_interval);
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> planes[3];
  for (int c = 0; c < 3; ++c) {
    const int mcu = c == 0 ? kMcu : kMcu / 2;
    planes[c] = FillUp(full.view().planes[c], mcus * mcu, rows * mcu);
  }
  for (int row = 0; row < rows; ++row) {
    JSAMPROW pointers[3][kMcu];
    JSAMPARRAY arrays[3] = {pointers[0], pointers[1], pointers[2]};
    for (int c = 0; c < 3; ++c) {
      const int mcu = c == 0 ? kMcu : kMcu / 2;
      for (int i = 0; i < mcu; ++i) {
        pointers[c][i] = planes[c].data() + static_cast<ptrdiff_t>(row * mcu + i) * mcus * mcu;
      }
    }
    jpeg_write_raw_data(&info, arrays, kMcu);
  }
  jpeg_finish_compress(&info);
  std::vector<uint8_t> file(bytes, bytes + size);
  jpeg_destroy_compress(&info);
  std::free(bytes);  // NOLINT: libjpeg's
  return file;
}

}  // namespace mouthpiece::testing
