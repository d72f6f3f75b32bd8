#include "media/alpha_plane.h"

#include <algorithm>
#include <cstring>
#include <vector>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace mouthpiece::media {
namespace {

constexpr int kAlpha = 3;
constexpr int kLuma = 0;

/// Palette entries are native-endian 0xAARRGGBB.
void CopyFromPalette(const AVFrame& frame, const Plane& target) {
  for (int y = 0; y < target.height; ++y) {
    const uint8_t* const from = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
    for (int x = 0; x < target.width; ++x) {
      uint32_t color = 0;
      std::memcpy(&color, frame.data[1] + 4 * from[x], sizeof(color));
      target.row(y)[x] = static_cast<uint8_t>(color >> 24);
    }
  }
}

}  // namespace

void CopyAlpha(const AVFrame& frame, const Plane& target) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(format);
  const bool has_alpha =
      description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (has_alpha && format == AV_PIX_FMT_PAL8) {
    CopyFromPalette(frame, target);
    return;
  }
  if (!has_alpha) {
    for (int y = 0; y < target.height; ++y) {
      std::memset(target.row(y), 255, static_cast<size_t>(target.width));
    }
    return;
  }
  // Of grey with alpha it is the second component.
  const int number = description->nb_components > kAlpha ? kAlpha : kLuma + 1;
  const int most = (1 << description->comp[number].depth) - 1;
  std::vector<uint16_t> row(static_cast<size_t>(target.width));
  for (int y = 0; y < target.height; ++y) {
    const uint8_t* planes[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
    av_read_image_line2(row.data(), planes, frame.linesize, description, 0, y, number, target.width,
                        0, sizeof(row[0]));
    uint8_t* const to = target.row(y);
    for (int x = 0; x < target.width; ++x) {
      to[x] = static_cast<uint8_t>((row[static_cast<size_t>(x)] * 255 + most / 2) / most);
    }
  }
}

}  // namespace mouthpiece::media
