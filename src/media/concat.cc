#include "media/concat.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "media/codec_choice.h"
#include "media/ffmpeg.h"
#include "media/muxer.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using media::PacketPtr;

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadMedia, path.string() + ": " + what);
}

/// The packets of a part's video, or of its audio.
class PartReader {
 public:
  PartReader(const std::filesystem::path& path, AVMediaType type)
      : path_(path), input_(media::OpenInput(path)), packet_(av_packet_alloc()) {
    if (packet_ == nullptr) throw std::bad_alloc();
    number_ = av_find_best_stream(input_.get(), type, -1, -1, nullptr, 0);
    for (unsigned i = 0; i < input_->nb_streams; ++i) {
      if (static_cast<int>(i) != number_) input_->streams[i]->discard = AVDISCARD_ALL;
    }
  }

  bool has_stream() const { return number_ >= 0; }
  const AVStream& stream() const { return *input_->streams[number_]; }
  /// Of the whole file, as its header has it; 0 if it says nothing.
  double promised_seconds() const {
    return input_->duration > 0 ? static_cast<double>(input_->duration) / AV_TIME_BASE : 0;
  }
  const AVCodecParameters& parameters() const { return *stream().codecpar; }
  AVPacket& packet() { return *packet_; }

  /// Reads the next packet; false at the end of the file.
  bool Next() {
    while (true) {
      av_packet_unref(packet_.get());
      const int status = av_read_frame(input_.get(), packet_.get());
      if (status == AVERROR_EOF) return false;
      if (status < 0) Fail(path_, "cannot be read to its end: " + media::ErrorText(status));
      if (packet_->stream_index != number_) continue;
      if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) Fail(path_, "is cut short or damaged");
      return true;
    }
  }

 private:
  std::filesystem::path path_;
  media::InputPtr input_;
  PacketPtr packet_;
  int number_ = -1;
};

std::span<const uint8_t> HeaderOf(const AVCodecParameters& parameters) {
  return {parameters.extradata, static_cast<size_t>(std::max(parameters.extradata_size, 0))};
}

bool SameEncoding(const AVCodecParameters& a, const AVCodecParameters& b) {
  return a.codec_id == b.codec_id && a.width == b.width && a.height == b.height &&
         std::ranges::equal(HeaderOf(a), HeaderOf(b));
}

class Concat {
 public:
  explicit Concat(const ConcatOptions& options)
      : options_(options),
        frame_base_{options.frame_rate.den, options.frame_rate.num},
        first_(options.parts.front().path, AVMEDIA_TYPE_VIDEO),
        audio_(options.parts.front().path, AVMEDIA_TYPE_AUDIO),
        muxer_(media::ContainerFor(options.name), options.path, options.name.string(),
               options.cancel) {
    if (!first_.has_stream()) Fail(options.parts.front().path, "holds no video stream");
    video_stream_ = muxer_.AddStream(first_.stream(), av_inv_q(frame_base_));
    int64_t samples = 0;
    for (const VideoPart& part : options.parts) samples += part.frames;
    if (audio_.has_stream()) {
      audio_stream_ = muxer_.AddStream(audio_.stream(), {});
      samples += audio_.stream().nb_frames;
      has_audio_packet_ = audio_.Next();
    }
    muxer_.Start(samples);
  }

  void Run() {
    for (const VideoPart& part : options_.parts) Copy(part);
    WriteAudioBefore(nullptr);
    CheckAudio();
    muxer_.Finish();
  }

 private:
  void Copy(const VideoPart& part) {
    PartReader reader(part.path, AVMEDIA_TYPE_VIDEO);
    if (!reader.has_stream()) Fail(part.path, "holds no video stream");
    if (!SameEncoding(reader.parameters(), first_.parameters())) {
      Fail(part.path, "was encoded in another way than " + options_.parts.front().path.string());
    }
    const int64_t start = packets_;
    while (reader.Next()) {
      options_.cancel.ThrowIfCancelled();
      AVPacket& packet = reader.packet();
      const int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
      const int64_t frame = av_rescale_q(time, reader.stream().time_base, frame_base_);
      if (frame < 0 || frame >= part.frames) {
        Fail(part.path, "expected frames 0 to " + std::to_string(part.frames - 1) +
                            ", found one that is shown at " + std::to_string(frame));
      }
      if (packets_ == start && (packet.flags & AV_PKT_FLAG_KEY) == 0) {
        Fail(part.path, "does not start with a keyframe");
      }
      // Not all containers keep the times of decoding; encoders count them up from the delay.
      packet.pts = start + frame;
      packet.dts = std::min(packets_ - first_.parameters().video_delay, packet.pts);
      packet.duration = 1;
      WriteAudioBefore(&packet);
      muxer_.Write(packet, video_stream_, frame_base_);
      ++packets_;
    }
    if (packets_ - start != part.frames) {
      Fail(part.path, "expected " + std::to_string(part.frames) + " frames, found " +
                          std::to_string(packets_ - start));
    }
  }

  /// Copies the sound that is decoded before `packet`; null: all that is left.
  void WriteAudioBefore(const AVPacket* packet) {
    while (has_audio_packet_) {
      const AVRational audio_base = audio_.stream().time_base;
      AVPacket& sound = audio_.packet();
      if (packet != nullptr &&
          av_compare_ts(sound.dts, audio_base, packet->dts, frame_base_) >= 0) {
        return;
      }
      options_.cancel.ThrowIfCancelled();
      audio_end_s_ = static_cast<double>(sound.pts + sound.duration) * av_q2d(audio_base);
      muxer_.Write(sound, audio_stream_, audio_base);
      has_audio_packet_ = audio_.Next();
    }
  }

  /// The first part's sound is longer than its frames: it may be cut short while they are all
  /// there.
  void CheckAudio() {
    constexpr double kRounding_s = 0.01;
    if (!audio_.has_stream()) return;
    const VideoPart& part = options_.parts.front();
    const double video_end = static_cast<double>(part.frames) * av_q2d(frame_base_);
    if (std::max(audio_end_s_, video_end) + kRounding_s >= audio_.promised_seconds()) return;
    Fail(part.path, "expected sound until " + std::to_string(audio_.promised_seconds()) +
                        " s, found it cut short at " + std::to_string(audio_end_s_) + " s");
  }

  const ConcatOptions& options_;
  const AVRational frame_base_;
  PartReader first_;  ///< Its header only
  PartReader audio_;
  media::Muxer muxer_;
  int video_stream_ = 0;
  int audio_stream_ = 0;
  bool has_audio_packet_ = false;
  double audio_end_s_ = 0;
  int64_t packets_ = 0;  ///< Of the video, written so far
};

}  // namespace

void ConcatVideos(const ConcatOptions& options) { Concat(options).Run(); }

std::string ReadComment(const std::filesystem::path& path) {
  const media::InputPtr input = media::OpenInput(path);
  const AVDictionaryEntry* entry = av_dict_get(input->metadata, "comment", nullptr, 0);
  return entry == nullptr ? std::string() : entry->value;
}

}  // namespace mouthpiece
