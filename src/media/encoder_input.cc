#include "media/encoder_input.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "image/color.h"
#include "image/color_matrix.h"
#include "media/codec_choice.h"
#include "media/ffmpeg_lists.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kAlignment = 64;

/// The same samples under the name that libswscale wants: it is told of the range otherwise.
AVPixelFormat WithoutRange(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return format;
  }
}

bool IsRgb(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

AVPixelFormat ChoosePixelFormat(const AVCodec& codec, ColorRange range, bool has_alpha) {
  // A JPEG without its range on record is read as full range, so nothing else goes into one.
  if (codec.id == AV_CODEC_ID_MJPEG) return AV_PIX_FMT_YUVJ420P;
  if (codec.id == AV_CODEC_ID_GIF) return AV_PIX_FMT_PAL8;
  const std::span<const AVPixelFormat> formats = PixelFormatsOf(codec);
  if (formats.empty()) return AV_PIX_FMT_YUV420P;
  if (has_alpha) {
    std::vector<AVPixelFormat> transparent;
    std::ranges::copy_if(formats, std::back_inserter(transparent), HasAlpha);
    transparent.push_back(AV_PIX_FMT_NONE);
    return avcodec_find_best_pix_fmt_of_list(transparent.data(), AV_PIX_FMT_YUVA420P, 1, nullptr);
  }
  std::vector<AVPixelFormat> usable;
  bool full_range_420 = false;
  for (const AVPixelFormat format : formats) {
    if (format == AV_PIX_FMT_YUV420P) return AV_PIX_FMT_YUV420P;
    full_range_420 |= format == AV_PIX_FMT_YUVJ420P;
    if ((av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0) {
      usable.push_back(format);
    }
  }
  if (full_range_420 && range == ColorRange::kFull) return AV_PIX_FMT_YUVJ420P;
  if (usable.empty()) {
    throw Error(ErrorCode::kUnsupported,
                std::string("encoder ") + codec.name +
                    " takes frames in a device's memory only, where none are made here; libx264 "
                    "takes them as they are");
  }
  usable.push_back(AV_PIX_FMT_NONE);
  return avcodec_find_best_pix_fmt_of_list(usable.data(), AV_PIX_FMT_YUV420P, 0, nullptr);
}

/// Null when libswscale has no such conversion.
ScalerPtr OpenScaler(int width, int height, bool has_alpha, const ColorTags& from, AVPixelFormat to,
                     const ColorTags& to_color) {
  ScalerPtr scaler(sws_alloc_context());
  if (scaler == nullptr) throw std::bad_alloc();
  const int from_full = from.range == ColorRange::kFull ? 1 : 0;
  const int to_full = to_color.range == ColorRange::kFull ? 1 : 0;
  const std::pair<const char*, int64_t> settings[] = {
      {"srcw", width},
      {"srch", height},
      {"src_format", has_alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P},
      {"src_range", from_full},
      {"dstw", width},
      {"dsth", height},
      {"dst_format", to},
      {"dst_range", to_full},
      {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP},
  };
  // The ranges have to be known before it chooses its way, or it takes a plain copy.
  for (const auto& [name, value] : settings) av_opt_set_int(scaler.get(), name, value, 0);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) return nullptr;
  if (MatrixOf(from.matrix) != YuvMatrix::kBt601) {
    // R, G and B have a matrix of YUV only where they come from.
    const int* matrix = sws_getCoefficients(from.matrix);
    const int* to_matrix = IsRgb(to) ? matrix : sws_getCoefficients(to_color.matrix);
    sws_setColorspaceDetails(scaler.get(), matrix, from_full, to_matrix, to_full, 0, 1 << 16,
                             1 << 16);
  }
  return scaler;
}

/// What is said of the pictures once they have the encoder's pixel format.
ColorTags TagsFor(AVCodecID codec, AVPixelFormat format, ColorTags color) {
  constexpr int kRgb = 0;
  constexpr int kBt601 = 5;
  if (WithoutRange(format) != format || IsRgb(format)) color.range = ColorRange::kFull;
  if (IsRgb(format)) color.matrix = kRgb;
  // A JPEG is BT.601 whatever is said around it, and so is a WebP, in limited range.
  const bool is_bt601 = codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_WEBP;
  if (is_bt601 && MatrixOf(color.matrix) != YuvMatrix::kBt601) color.matrix = kBt601;
  if (codec == AV_CODEC_ID_WEBP) color.range = ColorRange::kLimited;
  return color;
}

/// x264 codes fields of frames whose chroma has an even number of rows in each.
FieldOrder FieldsFor(const EncoderSettings& settings) {
  constexpr int kRows = 4;
  const bool can = std::strcmp(settings.codec->name, "libx264") == 0 &&
                   settings.height % kRows == 0 && IsInterlaced(settings.field_order);
  return can ? settings.field_order : FieldOrder::kUnknown;
}

bool IsAligned(const PictureView& picture) {
  for (const Plane& plane : picture.planes) {
    if (reinterpret_cast<uintptr_t>(plane.data) % 32 != 0 || plane.stride % 32 != 0) return false;
  }
  return true;
}

struct Lease {
  Frame frame;
  std::atomic<int>& lent;
};

void EndLease(void* opaque, uint8_t* /*data*/) {
  Lease* lease = static_cast<Lease*>(opaque);
  lease->lent.fetch_sub(1, std::memory_order_relaxed);
  delete lease;
}

}  // namespace

EncoderInput::EncoderInput(const EncoderSettings& settings)
    : width_(settings.width),
      height_(settings.height),
      has_alpha_(settings.has_alpha),
      most_lent_(settings.most_lent),
      copies_itself_(settings.codec->wrapper_name != nullptr),
      field_order_(FieldsFor(settings)),
      source_color_(settings.color),
      pixel_format_(ChoosePixelFormat(*settings.codec, settings.color.range, settings.has_alpha)),
      frame_(av_frame_alloc()) {
  const AVCodec& codec = *settings.codec;
  const AVPixelFormat plain_format = WithoutRange(pixel_format_);
  target_color_ = TagsFor(codec.id, pixel_format_, source_color_);
  const int size = av_image_get_buffer_size(pixel_format_, width_, height_, kAlignment);
  if (size < 0 || frame_ == nullptr) {
    throw Error(ErrorCode::kInternal, std::string(codec.name) + ": no buffer for a frame of " +
                                          std::to_string(width_) + "x" + std::to_string(height_));
  }
  pool_.reset(av_buffer_pool_init(static_cast<size_t>(size) + kAlignment, nullptr));

  if (codec.id == AV_CODEC_ID_MJPEG && MatrixOf(source_color_.matrix) != YuvMatrix::kBt601) {
    makes_jfif_ = true;
    return;
  }
  if (pixel_format_ == AV_PIX_FMT_PAL8) {
    mapper_.emplace(settings.palette.empty() ? Palette{{0, 0, 0}} : settings.palette);
    bgr_ = Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, width_, height_);
    return;
  }
  const bool same_matrix =
      MatrixOf(target_color_.matrix) == MatrixOf(source_color_.matrix) || IsRgb(plain_format);
  const AVPixelFormat taken = has_alpha_ ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
  if (plain_format == taken && target_color_.range == source_color_.range && same_matrix) {
    return;
  }
  scaler_ = OpenScaler(width_, height_, has_alpha_, source_color_, plain_format, target_color_);
  if (scaler_ == nullptr) {
    throw Error(ErrorCode::kUnsupported, std::string(codec.name) + ": no conversion to " +
                                             av_get_pix_fmt_name(pixel_format_));
  }
}

const AVFrame& EncoderInput::Take(Frame frame, int64_t pts, int quality) {
  Release();
  const PictureView picture = frame.picture();
  bool lend = scaler_ == nullptr && !makes_jfif_ && !mapper_ &&
              lent_.load(std::memory_order_relaxed) < most_lent_ &&
              (copies_itself_ || IsAligned(picture));
  for (const Plane& plane : picture.planes) lend = lend && plane.stride > 0;
  const Plane alpha = frame.alpha;
  if (has_alpha_ && alpha.data == nullptr) {
    throw Error(ErrorCode::kInternal, "a frame without alpha for an encoder that takes it");
  }
  if (lend) {
    Lend(std::move(frame));
  } else {
    FillOwn(picture, alpha);
  }
  frame_->format = pixel_format_;
  frame_->width = width_;
  frame_->height = height_;
  frame_->pts = pts;
  frame_->quality = quality;  // encoders of a constant quantiser look here, not in their context
  frame_->color_range =
      target_color_.range == ColorRange::kFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  SetFields(field_order_, *frame_);
  return *frame_;
}

void EncoderInput::Lend(Frame frame) {
  const PictureView picture = frame.picture();
  for (int p = 0; p < 3; ++p) {
    frame_->data[p] = picture.planes[p].data;
    frame_->linesize[p] = static_cast<int>(picture.planes[p].stride);
  }
  if (has_alpha_) {
    frame_->data[3] = frame.alpha.data;
    frame_->linesize[3] = static_cast<int>(frame.alpha.stride);
  }
  lent_.fetch_add(1, std::memory_order_relaxed);
  Lease* lease = new Lease{std::move(frame), lent_};
  // One buffer stands for all three planes: what counts is when the last reference to it goes.
  const Plane& luma = picture.planes[0];
  frame_->buf[0] = av_buffer_create(
      luma.data, static_cast<size_t>(luma.stride) * static_cast<size_t>(luma.height), EndLease,
      lease, AV_BUFFER_FLAG_READONLY);
  if (frame_->buf[0] == nullptr) {
    EndLease(lease, nullptr);
    throw std::bad_alloc();
  }
}

void EncoderInput::FillOwn(const PictureView& picture, const Plane& alpha) {
  frame_->buf[0] = av_buffer_pool_get(pool_.get());
  if (frame_->buf[0] == nullptr) throw std::bad_alloc();
  const uintptr_t start = reinterpret_cast<uintptr_t>(frame_->buf[0]->data);
  uint8_t* data = frame_->buf[0]->data + (kAlignment - start % kAlignment) % kAlignment;
  av_image_fill_arrays(frame_->data, frame_->linesize, data, pixel_format_, width_, height_,
                       kAlignment);
  if (mapper_) return FillNumbers(picture);
  const uint8_t* planes[4] = {};
  int strides[4] = {};
  for (int p = 0; p < 3; ++p) {
    planes[p] = picture.planes[p].data;
    strides[p] = static_cast<int>(picture.planes[p].stride);
  }
  planes[3] = alpha.data;
  strides[3] = static_cast<int>(alpha.stride);
  if (makes_jfif_) {
    PictureView target = picture;
    target.range = ColorRange::kFull;
    for (int p = 0; p < 3; ++p) {
      target.planes[p].data = frame_->data[p];
      target.planes[p].stride = frame_->linesize[p];
    }
    YuvToJfif(picture, MatrixOf(source_color_.matrix), target);
  } else if (scaler_ != nullptr) {
    sws_scale(scaler_.get(), planes, strides, 0, height_, frame_->data, frame_->linesize);
  } else {
    av_image_copy(frame_->data, frame_->linesize, planes, strides, pixel_format_, width_, height_);
  }
}

void EncoderInput::FillNumbers(const PictureView& picture) {
  YuvToBgr(picture, bgr_.view(), MatrixOf(source_color_.matrix));
  mapper_->Map(bgr_.view(), {frame_->data[0], frame_->linesize[0], width_, height_});
  // Behind the last colour all are transparent, of which the encoder makes use.
  uint8_t* entry = frame_->data[1];
  std::memset(entry, 0, AVPALETTE_SIZE);
  for (const auto& [b, g, r] : mapper_->palette()) {
    const uint32_t color = 0xff000000U | static_cast<uint32_t>(r << 16 | g << 8 | b);
    std::memcpy(entry, &color, sizeof(color));
    entry += sizeof(color);
  }
}

}  // namespace mouthpiece::media
