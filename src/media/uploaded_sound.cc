#include "media/uploaded_sound.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "media/audio_source.h"
#include "media/ffmpeg.h"
#include "media/memory_sound.h"
#include "media/sound_frames.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kBufferBytes = 32768;
constexpr int kSlowest = 8000;
constexpr int kFastest = 192000;
constexpr int kUsual = 48000;
constexpr int kLongestSeconds = 600;

[[noreturn]] void Fail(const std::string& what) {
  throw Error(ErrorCode::kBadMedia, "the sound that was sent " + what);
}

struct FreeReader {
  void operator()(AVIOContext* reader) const {
    av_freep(&reader->buffer);
    avio_context_free(&reader);
  }
};

/// The frames of a file that is in memory.
class UploadedFrames : public SoundFrames {
 public:
  UploadedFrames(std::span<const uint8_t> bytes, const CancelToken& cancel)
      : bytes_(bytes), cancel_(cancel), packet_(av_packet_alloc()), frame_(av_frame_alloc()) {
    if (packet_ == nullptr || frame_ == nullptr) throw std::bad_alloc();
    TameFfmpeg();
    OpenInput();
    OpenDecoder();
    if (!Decode()) Fail("holds no audio that can be decoded");
    info_.name = "the sound that was sent";
    info_.sample_rate = decoder_->sample_rate;
    info_.channels = decoder_->ch_layout.nb_channels;
    info_.time_base = input_->streams[stream_]->time_base;
    if (input_->start_time != AV_NOPTS_VALUE) {
      info_.start_s = static_cast<double>(input_->start_time) / static_cast<double>(AV_TIME_BASE);
    }
  }

  const SoundInfo& info() const override { return info_; }
  bool Next(AVFrame& frame) override {
    if (frame_->nb_samples == 0 && !Decode()) return false;
    av_frame_move_ref(&frame, frame_.get());
    return true;
  }

 private:
  static int Read(void* self, uint8_t* bytes, int size) {
    auto& frames = *static_cast<UploadedFrames*>(self);
    const size_t count = std::min(static_cast<size_t>(size), frames.bytes_.size() - frames.at_);
    if (count == 0) return AVERROR_EOF;
    std::memcpy(bytes, frames.bytes_.data() + frames.at_, count);
    frames.at_ += count;
    return static_cast<int>(count);
  }

  static int64_t Seek(void* self, int64_t offset, int whence) {
    auto& frames = *static_cast<UploadedFrames*>(self);
    const auto size = static_cast<int64_t>(frames.bytes_.size());
    switch (whence & ~AVSEEK_FORCE) {
      case AVSEEK_SIZE:
        return size;
      case SEEK_SET:
        break;
      case SEEK_CUR:
        offset += static_cast<int64_t>(frames.at_);
        break;
      case SEEK_END:
        offset += size;
        break;
      default:
        return AVERROR(EINVAL);
    }
    if (offset < 0 || offset > size) return AVERROR(EINVAL);
    frames.at_ = static_cast<size_t>(offset);
    return offset;
  }

  void OpenInput() {
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (buffer == nullptr) throw std::bad_alloc();
    reader_.reset(avio_alloc_context(buffer, kBufferBytes, 0, this, Read, nullptr, Seek));
    if (reader_ == nullptr) {
      av_free(buffer);
      throw std::bad_alloc();
    }
    AVFormatContext* raw = avformat_alloc_context();
    if (raw == nullptr) throw std::bad_alloc();
    raw->pb = reader_.get();
    // Playlists refer to files: none are opened.
    raw->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
      return AVERROR(EPERM);
    };
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    const int opened = avformat_open_input(&raw, "", nullptr, &options);  // frees it if not
    av_dict_free(&options);
    if (opened < 0) Fail("cannot be read: " + ErrorText(opened));
    input_.reset(raw);
    const int found = avformat_find_stream_info(raw, nullptr);
    if (found < 0) Fail("has no streams: " + ErrorText(found));
  }

  void OpenDecoder() {
    const AVCodec* codec = nullptr;
    stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
    if (stream_ < 0) Fail("holds no audio stream that can be decoded");
    const AVStream& stream = *input_->streams[stream_];
    decoder_.reset(avcodec_alloc_context3(codec));
    if (decoder_ == nullptr) throw std::bad_alloc();
    decoder_->log_level_offset = AV_LOG_TRACE;
    decoder_->thread_count = 1;
    decoder_->pkt_timebase = stream.time_base;
    int status = avcodec_parameters_to_context(decoder_.get(), stream.codecpar);
    if (status >= 0) status = OpenCodec(*decoder_, *codec);
    if (status < 0) Fail("cannot be decoded: " + ErrorText(status));
  }

  bool Decode() {
    constexpr int kMostInVain = 64;
    for (int in_vain = 0; in_vain < kMostInVain;) {
      const int received = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (received >= 0 && frame_->nb_samples > 0 && frame_->sample_rate > 0) return true;
      if (received == AVERROR_EOF) break;
      if (draining_) {
        ++in_vain;
        continue;
      }
      cancel_.ThrowIfCancelled();
      if (av_read_frame(input_.get(), packet_.get()) < 0) {
        draining_ = true;
        avcodec_send_packet(decoder_.get(), nullptr);
        continue;
      }
      if (packet_->stream_index == stream_) {
        avcodec_send_packet(decoder_.get(), packet_.get());
      }
      av_packet_unref(packet_.get());
    }
    av_frame_unref(frame_.get());
    return false;
  }

  const std::span<const uint8_t> bytes_;
  const CancelToken cancel_;
  size_t at_ = 0;
  SoundInfo info_;
  std::unique_ptr<AVIOContext, FreeReader> reader_;  ///< `input_` reads it
  InputPtr input_;
  int stream_ = 0;
  CodecContextPtr decoder_;
  PacketPtr packet_;
  FramePtr frame_;
  bool draining_ = false;
};

}  // namespace

SpeechSamples DecodeUpload(std::span<const uint8_t> bytes, const CancelToken& cancel) {
  AudioSource source(std::make_unique<UploadedFrames>(bytes, cancel));
  int rate = source.info().sample_rate;
  if (rate < kSlowest || rate > kFastest) rate = kUsual;
  const int64_t most = int64_t{kLongestSeconds} * rate;
  source.Select({rate, 1, AV_SAMPLE_FMT_FLT}, 0, most + 1);
  std::vector<float> samples;
  while (true) {
    const size_t before = samples.size();
    samples.resize(before + static_cast<size_t>(rate));
    auto* plane = reinterpret_cast<uint8_t*>(samples.data() + before);
    const int count = source.Read(&plane, rate);
    samples.resize(before + static_cast<size_t>(count));
    if (count == 0) break;
    if (static_cast<int64_t>(samples.size()) > most) Fail("is longer than ten minutes");
  }
  if (samples.empty()) Fail("has no samples");
  CheckScale(samples);
  return {std::make_shared<const Samples>(std::move(samples)), rate};
}

}  // namespace mouthpiece::media
