#include "media/scaler.h"

#include <string>
#include <utility>

#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kAlignment = 64;

/// Rows of a plane so wide, with room for what is written past their ends.
ptrdiff_t StrideOf(int width) {
  return (width + kAlignment + kAlignment - 1) / kAlignment * kAlignment;
}

/// Where chroma lies in a 4:2:0 picture, in 1/256 of a luma sample: right and down of the block's
/// corner.
std::pair<int, int> ChromaPosition(int location) {
  constexpr int kCenter = 2;
  constexpr int kTopLeft = 3;
  constexpr int kTop = 4;
  constexpr int kBottomLeft = 5;
  constexpr int kBottom = 6;
  constexpr int kHalf = 128;
  const int x = location == kCenter || location == kTop || location == kBottom ? kHalf : 0;
  const int y = location == kTopLeft || location == kTop         ? 0
                : location == kBottomLeft || location == kBottom ? 2 * kHalf
                                                                 : kHalf;
  return {x, y};
}

}  // namespace

PaddedPicture::PaddedPicture(ColorRange range, int width, int height)
    : memory_(PaddedBytes(width, height)) {
  view_.format = PixelFormat::kYuv420;
  view_.range = range;
  uint8_t* data = memory_.data();
  for (int p = 0; p < 3; ++p) {
    const int half = p > 0 ? 1 : 0;
    const int plane_width = (width + half) >> half;
    const int plane_height = (height + half) >> half;
    view_.planes[p] = {data, StrideOf(plane_width), plane_width, plane_height};
    data += StrideOf(plane_width) * plane_height;
  }
}

size_t PaddedBytes(int width, int height) {
  return static_cast<size_t>(StrideOf(width)) * static_cast<size_t>(height) +
         2 * static_cast<size_t>(StrideOf((width + 1) / 2)) * static_cast<size_t>((height + 1) / 2);
}

struct Scaler::State {
  media::ScalerPtr scaler;
  int height = 0;
};

Scaler::Scaler(int width, int height, int to_width, int to_height, const ColorTags& color)
    : state_(std::make_unique<State>()) {
  SwsContext* const scaler = sws_alloc_context();
  if (scaler == nullptr) throw std::bad_alloc();
  state_->scaler.reset(scaler);
  state_->height = height;
  const int range = color.range == ColorRange::kFull ? 1 : 0;
  const auto [x, y] = ChromaPosition(color.chroma_location);
  const std::pair<const char*, int64_t> settings[] = {
      {"srcw", width},
      {"srch", height},
      {"src_format", AV_PIX_FMT_YUV420P},
      {"src_range", range},
      {"src_h_chr_pos", x},
      {"src_v_chr_pos", y},
      {"dstw", to_width},
      {"dsth", to_height},
      {"dst_format", AV_PIX_FMT_YUV420P},
      {"dst_range", range},
      {"dst_h_chr_pos", x},
      {"dst_v_chr_pos", y},
      {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT},
  };
  for (const auto& [name, value] : settings) av_opt_set_int(scaler, name, value, 0);
  if (sws_init_context(scaler, nullptr, nullptr) < 0) {
    throw Error(ErrorCode::kUnsupported,
                "scale: pictures of " + std::to_string(width) + "x" + std::to_string(height) +
                    " cannot become " + std::to_string(to_width) + "x" + std::to_string(to_height));
  }
}

Scaler::~Scaler() = default;

void Scaler::Scale(ConstPictureView source, PictureView target) {
  const uint8_t* from[4] = {};
  uint8_t* to[4] = {};
  int from_strides[4] = {};
  int to_strides[4] = {};
  for (int p = 0; p < 3; ++p) {
    from[p] = source.planes[p].data;
    from_strides[p] = static_cast<int>(source.planes[p].stride);
    to[p] = target.planes[p].data;
    to_strides[p] = static_cast<int>(target.planes[p].stride);
  }
  sws_scale(state_->scaler.get(), from, from_strides, 0, state_->height, to, to_strides);
}

int Scaler::Reach(int size, int to_size) {
  // Two samples of the larger picture's and one for rounding, of chroma: twice that of luma.
  constexpr int kReach = 2 * (2 + 1);
  return kReach * (1 + (to_size + size - 1) / size);
}

}  // namespace mouthpiece
