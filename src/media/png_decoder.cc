#include "media/png_decoder.h"

#include <new>
#include <optional>
#include <string>

#include "media/alpha_plane.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

/// Bytes from one pixel to the next, and where in it blue, green and red (their high bytes) lie.
struct PixelLayout {
  int step;
  int offsets[3];
};

std::optional<PixelLayout> LayoutOf(int format) {
  switch (format) {
    case AV_PIX_FMT_GRAY8:
      return PixelLayout{1, {0, 0, 0}};
    case AV_PIX_FMT_YA8:
    case AV_PIX_FMT_GRAY16BE:
      return PixelLayout{2, {0, 0, 0}};
    case AV_PIX_FMT_YA16BE:
      return PixelLayout{4, {0, 0, 0}};
    case AV_PIX_FMT_RGB24:
      return PixelLayout{3, {2, 1, 0}};
    case AV_PIX_FMT_RGBA:
      return PixelLayout{4, {2, 1, 0}};
    case AV_PIX_FMT_RGB48BE:
      return PixelLayout{6, {4, 2, 0}};
    case AV_PIX_FMT_RGBA64BE:
      return PixelLayout{8, {4, 2, 0}};
    default:
      return std::nullopt;
  }
}

/// One bit a pixel, the first the highest; black and white.
void UnpackBits(const AVFrame& frame, PictureView target) {
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < target.height(); ++y) {
      const uint8_t* in = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
      uint8_t* out = target.planes[p].row(y);
      for (int x = 0; x < target.width(); ++x) out[x] = in[x / 8] & 0x80 >> x % 8 ? 255 : 0;
    }
  }
}

void Unpack(const AVFrame& frame, const PixelLayout& layout, PictureView target) {
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < target.height(); ++y) {
      const uint8_t* in = frame.data[0] + ptrdiff_t{y} * frame.linesize[0] + layout.offsets[p];
      uint8_t* out = target.planes[p].row(y);
      for (int x = 0; x < target.width(); ++x) out[x] = in[x * layout.step];
    }
  }
}

/// Palette entries are native-endian 0xAARRGGBB.
void UnpackPalette(const AVFrame& frame, PictureView target) {
  const auto* palette = reinterpret_cast<const uint32_t*>(frame.data[1]);
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < target.height(); ++y) {
      const uint8_t* in = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
      uint8_t* out = target.planes[p].row(y);
      for (int x = 0; x < target.width(); ++x) {
        out[x] = static_cast<uint8_t>(palette[in[x]] >> (8 * p));
      }
    }
  }
}

}  // namespace

PngDecoder::PngDecoder() : packet_(av_packet_alloc()), frame_(av_frame_alloc()) {
  TameFfmpeg();
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) throw Error(ErrorCode::kUnsupported, "this FFmpeg has no PNG decoder");
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_ || !packet_ || !frame_) throw std::bad_alloc();
  codec_->thread_count = 1;
  codec_->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  const int status = OpenCodec(*codec_, *codec);
  if (status < 0) {
    throw Error(ErrorCode::kInternal, "the PNG decoder cannot be opened: " + ErrorText(status));
  }
}

const AVFrame& PngDecoder::Decode(const std::filesystem::path& path, std::span<const uint8_t> file,
                                  int width, int height) {
  av_packet_unref(packet_.get());
  packet_->data = const_cast<uint8_t*>(file.data());  // borrowed: libavcodec copies what it keeps
  packet_->size = static_cast<int>(file.size());
  packet_->flags = AV_PKT_FLAG_KEY;  // else libavcodec adds the picture before
  int status = avcodec_send_packet(codec_.get(), packet_.get());
  if (status >= 0) status = avcodec_receive_frame(codec_.get(), frame_.get());
  if (status < 0) {
    avcodec_flush_buffers(codec_.get());
    throw Error(ErrorCode::kBadMedia, path.string() + ": cannot be decoded: " + ErrorText(status));
  }
  const AVFrame& frame = *frame_;
  if (frame.width != width || frame.height != height) {
    throw Error(ErrorCode::kBadMedia, path.string() + ": is " + std::to_string(frame.width) + "x" +
                                          std::to_string(frame.height) + ", expected " +
                                          std::to_string(width) + "x" + std::to_string(height));
  }
  return frame;
}

void PngDecoder::ReadAlpha(const std::filesystem::path& path, std::span<const uint8_t> file,
                           const Plane& target) {
  CopyAlpha(Decode(path, file, target.width, target.height), target);
}

void PngDecoder::ReadBgr(const std::filesystem::path& path, std::span<const uint8_t> file,
                         PictureView target) {
  const AVFrame& frame = Decode(path, file, target.width(), target.height());
  if (const auto layout = LayoutOf(frame.format)) {
    Unpack(frame, *layout, target);
  } else if (frame.format == AV_PIX_FMT_MONOBLACK) {
    UnpackBits(frame, target);
  } else if (frame.format == AV_PIX_FMT_PAL8) {
    UnpackPalette(frame, target);
  } else {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw Error(ErrorCode::kUnsupported, path.string() + ": PNG pixels of format " +
                                             (name != nullptr ? name : "?") + " are not supported");
  }
}

}  // namespace mouthpiece::media
