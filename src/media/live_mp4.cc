#include "media/live_mp4.h"

#include <new>
#include <string>

#include "media/live_streams.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kBufferBytes = 32768;

void Check(int status) {
  if (status < 0) {
    throw Error(ErrorCode::kInternal, "live.mp4: writing failed: " + ErrorText(status));
  }
}

template <typename T>
T* Allocated(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace

void LiveMp4::FreeOutput::operator()(AVFormatContext* context) const {
  if (context->pb != nullptr) {
    av_freep(&context->pb->buffer);
    avio_context_free(&context->pb);
  }
  avformat_free_context(context);
}

LiveMp4::LiveMp4(const H264Headers& headers, int64_t start)
    : packet_(Allocated(av_packet_alloc())), time_(start) {
  sound_.Begin(start);
  OpenOutput(headers);
}

LiveMp4::~LiveMp4() = default;

void LiveMp4::OpenOutput(const H264Headers& headers) {
  AVFormatContext* output = nullptr;
  Check(avformat_alloc_output_context2(&output, nullptr, "mp4", nullptr));
  output_.reset(output);
  auto* buffer = static_cast<unsigned char*>(Allocated(av_malloc(kBufferBytes)));
  output->pb = avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, Take, nullptr);
  if (output->pb == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  output->pb->seekable = 0;
  output->flags |= AVFMT_FLAG_BITEXACT;

  AddLiveStreams(*output, headers, sound_.encoder());
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "empty_moov+default_base_moof+frag_custom+skip_sidx", 0);
  av_dict_set(&options, "video_track_timescale", "48000", 0);
  const int status = avformat_write_header(output, &options);
  av_dict_free(&options);
  Check(status);
  avio_flush(output->pb);
  init_ = std::move(written_);
  written_.clear();
}

template <typename Byte>
int LiveMp4::Take(void* self, Byte* bytes, int size) {
  std::vector<uint8_t>& written = static_cast<LiveMp4*>(self)->written_;
  written.insert(written.end(), bytes, bytes + size);
  return size;
}

std::vector<uint8_t> LiveMp4::Write(const AccessUnit* unit, int64_t duration,
                                    std::span<const int16_t> sound) {
  // Without this the muxer counts from one fragment to the next, and a gap would be lost.
  if (is_gap_) av_opt_set(output_->priv_data, "movflags", "+frag_discont", 0);
  is_gap_ = unit == nullptr;
  if (unit != nullptr) {
    FillPacket(*packet_, *unit, time_, duration);
    const int status = av_write_frame(output_.get(), packet_.get());
    av_packet_unref(packet_.get());
    Check(status);
  }
  sound_.Write(sound, duration, [this](AVPacket& packet) {
    packet.stream_index = kLiveSound;
    Check(av_write_frame(output_.get(), &packet));
  });
  time_ += duration;
  Check(av_write_frame(output_.get(), nullptr));
  avio_flush(output_->pb);
  std::vector<uint8_t> fragment = std::move(written_);
  written_.clear();
  return fragment;
}

std::string LiveMp4::TypeOf(const H264Headers& headers) {
  return "video/mp4; codecs=\"" + headers.codec + ", mp4a.40.2\"";
}

}  // namespace mouthpiece::media
