#include "media/to_yuv420.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

ConstPictureView Borrow(const AVFrame& frame, ColorRange range) {
  ConstPictureView view;
  view.format = PixelFormat::kYuv420;
  view.range = range;
  for (int p = 0; p < 3; ++p) {
    const int half = p > 0 ? 1 : 0;
    view.planes[p] = {frame.data[p], frame.linesize[p], (frame.width + half) >> half,
                      (frame.height + half) >> half};
  }
  return view;
}

/// 4:2:0 in planes of samples of at least `depth` bits; little-endian.
AVPixelFormat PlanarFormat(int depth) {
  if (depth <= 8) return AV_PIX_FMT_YUV420P;
  if (depth == 9) return AV_PIX_FMT_YUV420P9LE;
  if (depth == 10) return AV_PIX_FMT_YUV420P10LE;
  if (depth <= 12) return AV_PIX_FMT_YUV420P12LE;
  return depth <= 14 ? AV_PIX_FMT_YUV420P14LE : AV_PIX_FMT_YUV420P16LE;
}

bool IsPlainYuv420(int format) {
  return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/// One plane of grey, whose samples can be read as they are.
bool IsPlainGray(const AVPixFmtDescriptor& format) {
  constexpr uint64_t kOther = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE |
                              AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_RGB;
  return format.nb_components == 1 && (format.flags & kOther) == 0 && format.comp[0].shift == 0;
}

void ReducePlane(const uint8_t* data, ptrdiff_t stride, int depth,
                 const std::vector<uint8_t>& table, const Plane& target) {
  const size_t last = table.size() - 1;  // codes beyond the depth are damage, not memory
  for (int y = 0; y < target.height; ++y) {
    const uint8_t* from = data + y * stride;
    uint8_t* const to = target.row(y);
    if (depth <= 8) {
      for (int x = 0; x < target.width; ++x) to[x] = table[from[x]];
      continue;
    }
    for (int x = 0; x < target.width; ++x) {
      const size_t code = from[2 * x] | static_cast<size_t>(from[2 * x + 1]) << 8;
      to[x] = table[std::min(code, last)];
    }
  }
}

}  // namespace

ConstPictureView ToYuv420::Convert(const AVFrame& source) {
  const auto format = static_cast<AVPixelFormat>(source.format);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  if (description == nullptr) {
    throw Error(ErrorCode::kUnsupported, path_.string() + ": its pixel format is not known");
  }
  const bool maps = mapped_range_ != DynamicRange::kStandard;
  if (IsPlainYuv420(source.format) && !maps) return Borrow(source, range_);
  if (IsPlainGray(*description)) return Reduce(source, description->comp[0].depth, true);

  const AVPixelFormat planar = PlanarFormat(description->comp[0].depth);
  const bool is_planar = IsPlainYuv420(source.format) || source.format == planar;
  const AVFrame& samples = is_planar ? source : Resample(source, planar);
  const int depth = av_pix_fmt_desc_get(planar)->comp[0].depth;
  if (depth == 8 && !maps) return Borrow(samples, range_);
  return Reduce(samples, depth, false);
}

const AVFrame& ToYuv420::Resample(const AVFrame& source, AVPixelFormat target) {
  const int full = range_ == ColorRange::kFull ? 1 : 0;
  if (!scaler_ || scaled_format_ != source.format) {
    scaler_.reset(sws_getContext(
        source.width, source.height, static_cast<AVPixelFormat>(source.format), source.width,
        source.height, target, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr,
        nullptr, nullptr));
    if (!scaler_) {
      throw Error(ErrorCode::kUnsupported,
                  path_.string() + ": pixel format " +
                      av_get_pix_fmt_name(static_cast<AVPixelFormat>(source.format)) +
                      " cannot be converted to YUV 4:2:0");
    }
    const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
    sws_setColorspaceDetails(scaler_.get(), bt601, full, bt601, full, 0, 1 << 16, 1 << 16);
    scaled_format_ = source.format;
    scaled_.reset();
  }
  if (!scaled_) {
    // libswscale writes past the end of rows: the picture needs libav's padding.
    scaled_.reset(av_frame_alloc());
    if (!scaled_) throw std::bad_alloc();
    scaled_->format = target;
    scaled_->width = source.width;
    scaled_->height = source.height;
    if (av_frame_get_buffer(scaled_.get(), 0) < 0) throw std::bad_alloc();
  }
  sws_scale(scaler_.get(), source.data, source.linesize, 0, source.height, scaled_->data,
            scaled_->linesize);
  return *scaled_;
}

ConstPictureView ToYuv420::Reduce(const AVFrame& source, int depth, bool is_gray) {
  if (tables_depth_ != depth) {
    tables_ = MakeCodeTables(mapped_range_, depth, range_);
    tables_depth_ = depth;
  }
  if (reduced_.empty()) {
    reduced_ = Picture(PixelFormat::kYuv420, range_, source.width, source.height);
  }
  const PictureView target = reduced_.view();
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = target.planes[p];
    if (p > 0 && is_gray) {
      for (int y = 0; y < plane.height; ++y) {
        std::memset(plane.row(y), 128, static_cast<size_t>(plane.width));
      }
    } else {
      ReducePlane(source.data[p], source.linesize[p], depth, p == 0 ? tables_.luma : tables_.chroma,
                  plane);
    }
  }
  return target;
}

}  // namespace mouthpiece::media
