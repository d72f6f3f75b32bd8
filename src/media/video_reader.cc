#include "media/video_reader.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "image/orientation.h"
#include "media/alpha_plane.h"
#include "media/ffmpeg.h"
#include "media/to_yuv420.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using media::ErrorText;

}  // namespace

class VideoReader::Decoder {
 public:
  Decoder(const VideoIndex& index, int threads, CancelToken cancel, VideoContent content)
      : index_(index),
        cancel_(cancel),
        input_(media::OpenInput(index.path)),
        packet_(av_packet_alloc()),
        frame_(av_frame_alloc()),
        to_yuv420_(index.path, index.color.range, index.mapped_range) {
    if (!packet_ || !frame_) throw std::bad_alloc();
    FindStream();
    const AVStream& stream = *input_->streams[stream_];
    codec_ = media::OpenVideoDecoder(index.path, stream, threads, content == VideoContent::kAlpha);
    // In other codecs libavcodec's notion of "not referred to" is no promise.
    skips_unreferenced_ = stream.codecpar->codec_id == AV_CODEC_ID_H264;
    if (!index.properties.orientation.is_upright()) {
      upright_ = Picture(PixelFormat::kYuv420, index.color.range, index.width, index.height);
    }
  }

  ConstPictureView Read(int frame) {
    Decode(frame);
    return View();
  }

  ConstPlane ReadAlpha(int frame) {
    Decode(frame);
    if (alpha_.empty()) {
      alpha_ = Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, frame_->width, frame_->height);
    }
    PictureView stored = alpha_.view();
    media::CopyAlpha(*frame_, stored.planes[0]);
    if (upright_.empty()) return stored.planes[0];
    // Turned as one of three planes that are all the same.
    if (upright_alpha_.empty()) {
      upright_alpha_ =
          Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, index_.width, index_.height);
    }
    stored.planes[1] = stored.planes[2] = stored.planes[0];
    Turn(stored, index_.properties.orientation, upright_alpha_.view());
    return upright_alpha_.view().planes[0];
  }

  int DecodingStart(int frame) const {
    return CanContinueTo(frame) ? next_ : KeyframeBefore(frame);
  }

 private:
  /// Leaves the picture in frame_.
  void Decode(int frame) {
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
  }

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

  void FindStream() {
    stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (stream_ < 0) Fail(ErrorCode::kBadMedia, "holds no video stream");
  }

  /// Leaves the decoder empty and packet_ at a keyframe that is shown no later than `frame`.
  void Seek(int frame) {
    avcodec_flush_buffers(codec_.get());
    // FFmpeg 7's decoder of HEVC keeps pictures that wait to be taken out.
    while (avcodec_receive_frame(codec_.get(), frame_.get()) == 0) continue;
    draining_ = false;
    for (int key = KeyframeBefore(frame); key > 0; key = KeyframeBefore(key - 1)) {
      const int64_t time = index_.times[static_cast<size_t>(key)];
      if (av_seek_frame(input_.get(), stream_, time, AVSEEK_FLAG_BACKWARD) < 0) continue;
      // Containers seek by decoding time, to whatever they call a keyframe: it may be one too far,
      // or one that is no clean start, from which on packets are passed over.
      has_packet_ = ReadPacket();
      if (has_packet_ && FrameAt(packet_->pts) > key) continue;
      while (has_packet_ && packet_->pts != time) has_packet_ = ReadPacket();
      if (has_packet_) {
        first_ = key;
        return;
      }
    }
    GoToStart();
  }

  /// Leaves packet_ at the file's first one.
  void GoToStart() {
    first_ = 0;
    if (av_seek_frame(input_.get(), stream_, index_.start_time, AVSEEK_FLAG_BACKWARD) >= 0) {
      has_packet_ = ReadPacket();
      if (has_packet_ && packet_->pts == index_.start_time) return;
    }
    input_ = media::OpenInput(index_.path);
    FindStream();
    has_packet_ = ReadPacket();
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
    const SourceProperties& stored = index_.properties;
    if (frame.width != stored.stored_width || frame.height != stored.stored_height) {
      FailFrame(number, "is " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                            ", expected " + std::to_string(stored.stored_width) + "x" +
                            std::to_string(stored.stored_height));
    }
    const ColorRange range =
        frame.color_range == AVCOL_RANGE_JPEG ? ColorRange::kFull : ColorRange::kLimited;
    if (frame.color_range != AVCOL_RANGE_UNSPECIFIED && range != stored.color.range) {
      FailFrame(number, std::string("is of ") + RangeName(range) + " range, expected " +
                            RangeName(stored.color.range) + " as the first");
    }
  }

  ConstPictureView View() {
    const ConstPictureView stored = to_yuv420_.Convert(*frame_);
    if (upright_.empty()) return stored;
    Turn(stored, index_.properties.orientation, upright_.view());
    return upright_.view();
  }

  const VideoIndex& index_;
  const CancelToken cancel_;
  media::InputPtr input_;
  media::CodecContextPtr codec_;
  media::PacketPtr packet_;
  media::FramePtr frame_;
  media::ToYuv420 to_yuv420_;
  Picture alpha_;          ///< Of which one plane is used; empty unless alpha is read
  Picture upright_alpha_;  ///< The same
  Picture upright_;        ///< Empty where frames are stored upright
  int stream_ = -1;
  bool skips_unreferenced_ = false;
  bool has_packet_ = false;  ///< packet_ waits to be decoded
  bool draining_ = false;    ///< The decoder was told that nothing follows
  int next_ = -1;            ///< Frame the decoder gives next; -1: seek first
  int first_ = 0;            ///< Frame of the keyframe that decoding began at
  int sent_ = -1;            ///< Frame of the packet that was decoded last, for messages
};

VideoReader::VideoReader(const VideoIndex& index, int threads, CancelToken cancel,
                         VideoContent content)
    : decoder_(std::make_unique<Decoder>(index, threads, cancel, content)) {}

VideoReader::~VideoReader() = default;

ConstPictureView VideoReader::Read(int frame) { return decoder_->Read(frame); }

ConstPlane VideoReader::ReadAlpha(int frame) { return decoder_->ReadAlpha(frame); }

int VideoReader::DecodingStart(int frame) const { return decoder_->DecodingStart(frame); }

}  // namespace mouthpiece
