#include "media/video_reader.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using media::ErrorText;

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

/// Keeps luma and chroma of `source` as they are and only changes sampling, depth or layout; RGB
/// becomes BT.601.
class ToYuv420 {
 public:
  ConstPictureView Convert(const AVFrame& source, const VideoIndex& index) {
    const int full = index.color.range == ColorRange::kFull ? 1 : 0;
    if (!scaler_ || format_ != source.format) {
      scaler_.reset(sws_getContext(
          source.width, source.height, static_cast<AVPixelFormat>(source.format), source.width,
          source.height, AV_PIX_FMT_YUV420P, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP,
          nullptr, nullptr, nullptr));
      if (!scaler_) {
        const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(source.format));
        throw Error(ErrorCode::kUnsupported, index.path.string() + ": pixel format " +
                                                 (name != nullptr ? name : "?") +
                                                 " cannot be converted to YUV 4:2:0");
      }
      const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
      sws_setColorspaceDetails(scaler_.get(), bt601, full, bt601, full, 0, 1 << 16, 1 << 16);
      format_ = source.format;
    }
    if (!target_) {
      // libswscale writes past the end of rows: the picture needs libav's padding.
      target_.reset(av_frame_alloc());
      if (!target_) throw std::bad_alloc();
      target_->format = AV_PIX_FMT_YUV420P;
      target_->width = source.width;
      target_->height = source.height;
      if (av_frame_get_buffer(target_.get(), 0) < 0) throw std::bad_alloc();
    }
    sws_scale(scaler_.get(), source.data, source.linesize, 0, source.height, target_->data,
              target_->linesize);
    return Borrow(*target_, index.color.range);
  }

 private:
  media::ScalerPtr scaler_;
  int format_ = AV_PIX_FMT_NONE;
  media::FramePtr target_;
};

}  // namespace

class VideoReader::Decoder {
 public:
  Decoder(const VideoIndex& index, int threads, CancelToken cancel)
      : index_(index), cancel_(cancel), input_(media::OpenInput(index.path)) {
    stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (stream_ < 0) Fail(ErrorCode::kBadMedia, "holds no video stream");
    const AVCodecParameters& parameters = *input_->streams[stream_]->codecpar;
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr) {
      Fail(ErrorCode::kUnsupported,
           std::string("no decoder for ") + avcodec_get_name(parameters.codec_id));
    }
    codec_.reset(avcodec_alloc_context3(codec));
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (!codec_ || !packet_ || !frame_) throw std::bad_alloc();
    codec_->pkt_timebase = input_->streams[stream_]->time_base;
    codec_->thread_count = threads;
    codec_->thread_type = FF_THREAD_FRAME;  // slices change nothing for one-slice pictures
    int status = avcodec_parameters_to_context(codec_.get(), &parameters);
    if (status >= 0) status = avcodec_open2(codec_.get(), codec, nullptr);
    if (status < 0) {
      Fail(ErrorCode::kBadMedia, "its decoder cannot be opened: " + ErrorText(status));
    }
    // In other codecs libavcodec's notion of "not referred to" is no promise.
    skips_unreferenced_ = parameters.codec_id == AV_CODEC_ID_H264;
  }

  ConstPictureView Read(int frame) {
    if (frame < 0 || frame >= index_.frame_count()) {
      Fail(ErrorCode::kInternal, "holds no frame " + std::to_string(frame));
    }
    try {
      if (!CanContinueTo(frame)) Seek(frame);
      next_ = -1;  // until this frame is out, the position is unknown
      DecodeUntil(frame);
    } catch (...) {
      next_ = -1;
      throw;
    }
    next_ = frame + 1;
    return View();
  }

  int DecodingStart(int frame) const {
    return CanContinueTo(frame) ? next_ : KeyframeBefore(frame);
  }

 private:
  [[noreturn]] void Fail(ErrorCode code, const std::string& what) const {
    throw Error(code, index_.path.string() + ": " + what);
  }
  [[noreturn]] void FailFrame(int frame, const std::string& what) const {
    Fail(ErrorCode::kBadMedia, "frame " + std::to_string(frame) + " " + what);
  }

  int KeyframeBefore(int frame) const {
    return *std::prev(std::upper_bound(index_.keyframes.begin(), index_.keyframes.end(), frame));
  }

  /// True when decoding on is no more work than starting at a keyframe.
  bool CanContinueTo(int frame) const {
    return next_ >= 0 && frame >= next_ && KeyframeBefore(frame) <= next_;
  }

  /// Number of the frame shown at `time`; -1 when there is none.
  int FrameAt(int64_t time) const {
    const auto at = std::lower_bound(index_.times.begin(), index_.times.end(), time);
    return at != index_.times.end() && *at == time ? static_cast<int>(at - index_.times.begin())
                                                   : -1;
  }

  /// Reads the next packet of the stream, whose time is always set. False at the end.
  bool ReadPacket() {
    for (;;) {
      cancel_.ThrowIfCancelled();
      av_packet_unref(packet_.get());
      const int status = av_read_frame(input_.get(), packet_.get());
      if (status == AVERROR_EOF) return false;
      if (status < 0) Fail(ErrorCode::kBadMedia, "cannot be read: " + ErrorText(status));
      if (packet_->stream_index != stream_) continue;
      if (packet_->pts == AV_NOPTS_VALUE) packet_->pts = packet_->dts;
      return true;
    }
  }

  /// Leaves the decoder empty and packet_ at a keyframe that is shown no later than `frame`.
  void Seek(int frame) {
    avcodec_flush_buffers(codec_.get());
    draining_ = false;
    for (int key = KeyframeBefore(frame);; key = KeyframeBefore(key - 1)) {
      const int status = av_seek_frame(
          input_.get(), stream_, index_.times[static_cast<size_t>(key)], AVSEEK_FLAG_BACKWARD);
      if (status < 0) FailFrame(frame, "cannot be sought: " + ErrorText(status));
      // Containers seek by decoding time and may land one keyframe too far.
      has_packet_ = ReadPacket();
      if (has_packet_ && FrameAt(packet_->pts) <= key) {
        first_ = FrameAt(packet_->pts);
        return;
      }
      if (key == 0) FailFrame(frame, "cannot be sought: its keyframe is missing");
    }
  }

  /// Decodes until frame_ is the picture of `target`.
  void DecodeUntil(int target) {
    for (;;) {
      av_frame_unref(frame_.get());
      const int status = avcodec_receive_frame(codec_.get(), frame_.get());
      if (status == 0) {
        const int64_t time = frame_->pts != AV_NOPTS_VALUE ? frame_->pts : frame_->pkt_dts;
        const int number = FrameAt(time);
        // A damaged picture spoils those that refer to it, so none is let pass. Pictures shown
        // before the keyframe that decoding began at may refer to what was never read.
        if (number >= first_) CheckIntact(number);
        if (number == target) return;
        if (number > target)
          FailFrame(target,
                    "cannot be decoded: frame " + std::to_string(number) + " comes in its place");
      } else if (status == AVERROR(EAGAIN)) {
        Send(target);
      } else if (status == AVERROR_EOF) {
        FailFrame(target, "is missing: decoding ends before it");
      } else {
        FailFrame(sent_ >= 0 ? sent_ : target, "cannot be decoded: " + ErrorText(status));
      }
    }
  }

  void Send(int target) {
    if (!has_packet_) has_packet_ = !draining_ && ReadPacket();
    if (!has_packet_) {
      draining_ = true;
      avcodec_send_packet(codec_.get(), nullptr);
      return;
    }
    sent_ = FrameAt(packet_->pts);
    codec_->skip_frame =
        skips_unreferenced_ && sent_ >= 0 && sent_ < target ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    const int status = avcodec_send_packet(codec_.get(), packet_.get());
    if (status == AVERROR(EAGAIN)) return;  // a picture has to be taken first
    has_packet_ = false;
    if (status < 0) {
      FailFrame(sent_ >= 0 ? sent_ : target, "cannot be decoded: " + ErrorText(status));
    }
  }

  void CheckIntact(int number) const {
    const AVFrame& frame = *frame_;
    if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0) {
      FailFrame(number, "is damaged");
    }
    if (frame.width != index_.width || frame.height != index_.height) {
      FailFrame(number, "is " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                            ", expected " + std::to_string(index_.width) + "x" +
                            std::to_string(index_.height));
    }
  }

  ConstPictureView View() {
    const AVFrame& frame = *frame_;
    if (frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P) {
      return Borrow(frame, index_.color.range);
    }
    return to_yuv420_.Convert(frame, index_);
  }

  const VideoIndex& index_;
  const CancelToken cancel_;
  media::InputPtr input_;
  media::CodecContextPtr codec_;
  media::PacketPtr packet_;
  media::FramePtr frame_;
  ToYuv420 to_yuv420_;
  int stream_ = -1;
  bool skips_unreferenced_ = false;
  bool has_packet_ = false;  ///< packet_ waits to be decoded
  bool draining_ = false;    ///< The decoder was told that nothing follows
  int next_ = -1;            ///< Frame the decoder gives next; -1: seek first
  int first_ = 0;            ///< Frame of the keyframe that decoding began at
  int sent_ = -1;            ///< Frame of the packet that was decoded last, for messages
};

VideoReader::VideoReader(const VideoIndex& index, int threads, CancelToken cancel)
    : decoder_(std::make_unique<Decoder>(index, threads, cancel)) {}

VideoReader::~VideoReader() = default;

ConstPictureView VideoReader::Read(int frame) { return decoder_->Read(frame); }

int VideoReader::DecodingStart(int frame) const { return decoder_->DecodingStart(frame); }

}  // namespace mouthpiece
