#include "media/scaler.h"

#include <array>
#include <string>
#include <utility>

#include "image/color_matrix.h"
#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kAlignment = 64;

/// Rows of a plane so wide, with room for what is written past their ends.
ptrdiff_t StrideOf(int width) {
  return (width + kAlignment + kAlignment - 1) / kAlignment * kAlignment;
}

size_t AlphaBytes(int width, int height) {
  return static_cast<size_t>(StrideOf(width)) * static_cast<size_t>(height);
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

media::ScalerPtr Open(AVPixelFormat format, const std::array<int, 4>& sizes, const ColorTags& from,
                      const ColorTags& to) {
  media::ScalerPtr owned(sws_alloc_context());
  SwsContext* const scaler = owned.get();
  if (scaler == nullptr) throw std::bad_alloc();
  const auto [width, height, to_width, to_height] = sizes;
  const int from_full = from.range == ColorRange::kFull ? 1 : 0;
  const int to_full = to.range == ColorRange::kFull ? 1 : 0;
  const auto [from_x, from_y] = ChromaPosition(from.chroma_location);
  const auto [to_x, to_y] = ChromaPosition(to.chroma_location);
  const std::pair<const char*, int64_t> settings[] = {
      {"srcw", width},
      {"srch", height},
      {"src_format", format},
      {"src_range", from_full},
      {"src_h_chr_pos", from_x},
      {"src_v_chr_pos", from_y},
      {"dstw", to_width},
      {"dsth", to_height},
      {"dst_format", format},
      {"dst_range", to_full},
      {"dst_h_chr_pos", to_x},
      {"dst_v_chr_pos", to_y},
      {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT},
  };
  for (const auto& [name, value] : settings) av_opt_set_int(scaler, name, value, 0);
  if (sws_init_context(scaler, nullptr, nullptr) < 0) {
    throw Error(ErrorCode::kUnsupported,
                "scale: pictures of " + std::to_string(width) + "x" + std::to_string(height) +
                    " cannot become " + std::to_string(to_width) + "x" + std::to_string(to_height));
  }
  if (MatrixOf(from.matrix) != MatrixOf(to.matrix)) {
    sws_setColorspaceDetails(scaler, sws_getCoefficients(from.matrix), from_full,
                             sws_getCoefficients(to.matrix), to_full, 0, 1 << 16, 1 << 16);
  }
  return owned;
}

}  // namespace

PaddedPicture::PaddedPicture(ColorRange range, int width, int height, bool has_alpha)
    : memory_(PaddedBytes(width, height) + (has_alpha ? AlphaBytes(width, height) : 0)) {
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
  if (has_alpha) alpha_ = {data, StrideOf(width), width, height};
}

size_t PaddedBytes(int width, int height) {
  return static_cast<size_t>(StrideOf(width)) * static_cast<size_t>(height) +
         2 * static_cast<size_t>(StrideOf((width + 1) / 2)) * static_cast<size_t>((height + 1) / 2);
}

struct Scaler::State {
  std::array<int, 4> sizes;  ///< Width and height, from and to
  media::ScalerPtr scaler;
  media::ScalerPtr alpha;  ///< Null until it is needed
};

Scaler::Scaler(int width, int height, int to_width, int to_height, const ColorTags& from,
               const ColorTags& to)
    : state_(std::make_unique<State>()) {
  state_->sizes = {width, height, to_width, to_height};
  state_->scaler = Open(AV_PIX_FMT_YUV420P, state_->sizes, from, to);
}

void Scaler::ScaleAlpha(ConstPlane source, Plane target) {
  if (!state_->alpha) {
    const ColorTags full{.range = ColorRange::kFull};
    state_->alpha = Open(AV_PIX_FMT_GRAY8, state_->sizes, full, full);
  }
  const uint8_t* const from[4] = {source.data};
  uint8_t* const to[4] = {target.data};
  const int from_strides[4] = {static_cast<int>(source.stride)};
  const int to_strides[4] = {static_cast<int>(target.stride)};
  sws_scale(state_->alpha.get(), from, from_strides, 0, source.height, to, to_strides);
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
  sws_scale(state_->scaler.get(), from, from_strides, 0, state_->sizes[1], to, to_strides);
}

int Scaler::Reach(int size, int to_size) {
  // Two samples of the larger picture's and one for rounding, of chroma: twice that of luma.
  constexpr int kReach = 2 * (2 + 1);
  return kReach * (1 + (to_size + size - 1) / size);
}

}  // namespace mouthpiece
