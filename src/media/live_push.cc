#include "media/live_push.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <new>
#include <utility>

#include "media/live_streams.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

/// Microseconds that a stream waits for the other before its packets go on.
constexpr int64_t kMostInterleaved = 200'000;

struct Way {
  std::string_view scheme;
  const char* muxer;
  const char* protocols;  ///< That it may use: itself, and what carries it
};

constexpr std::array<Way, 4> kWays = {{{"rtmp", "flv", "rtmp,tcp"},
                                       {"srt", "mpegts", "srt"},
                                       {"rtsp", "rtsp", "tcp"},
                                       {"udp", "mpegts", "udp"}}};

const Way* FindWay(std::string_view scheme) {
  const auto* found = std::ranges::find(kWays, scheme, &Way::scheme);
  return found == kWays.end() ? nullptr : found;
}

/// A protocol that FFmpeg opens by itself, where the muxer does not.
bool OpensFile(const AVOutputFormat& muxer) { return (muxer.flags & AVFMT_NOFILE) == 0; }

int IsOver(void* patience) { return static_cast<const Patience*>(patience)->is_over() ? 1 : 0; }

/// Options of FFmpeg, some of which nobody may take.
class Options {
 public:
  Options(std::initializer_list<std::pair<const char*, const char*>> options) {
    for (const auto& [name, value] : options) av_dict_set(&options_, name, value, 0);
  }
  ~Options() { av_dict_free(&options_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  AVDictionary** get() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

}  // namespace

bool CanPush(std::string_view scheme) {
  const Way* way = FindWay(scheme);
  if (way == nullptr) return false;
  const AVOutputFormat* muxer = av_guess_format(way->muxer, nullptr, nullptr);
  if (muxer == nullptr) return false;
  void* at = nullptr;
  for (const char* name = nullptr; (name = avio_enum_protocols(&at, 1)) != nullptr;) {
    if (name == (OpensFile(*muxer) ? scheme : std::string_view("tcp"))) return true;
  }
  return false;
}

void LivePush::CloseOutput::operator()(AVFormatContext* context) const {
  avio_closep(&context->pb);
  avformat_free_context(context);
}

LivePush::LivePush(const std::string& url, const H264Headers& headers, const Patience& patience)
    : patience_(patience), packet_(av_packet_alloc()) {
  if (packet_ == nullptr) throw std::bad_alloc();
  TameFfmpeg();
  const std::string_view scheme = std::string_view(url).substr(0, url.find("://"));
  if (!CanPush(scheme)) {
    throw Error(ErrorCode::kUnsupported, "this FFmpeg cannot push to " + std::string(scheme));
  }
  const Way& way = *FindWay(scheme);
  AVFormatContext* output = nullptr;
  Check(avformat_alloc_output_context2(&output, nullptr, way.muxer, url.c_str()));
  output_.reset(output);
  output->interrupt_callback = {IsOver, const_cast<Patience*>(&patience)};
  output->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_FLUSH_PACKETS;
  output->max_interleave_delta = kMostInterleaved;
  Check(av_opt_set(output, "protocol_whitelist", way.protocols, 0));
  AddLiveStreams(*output, headers, sound_.encoder());
  if (OpensFile(*output->oformat)) {
    // What lies in buffers of ours can no longer be dropped; a datagram holds seven packets.
    Options options({{"protocol_whitelist", way.protocols},
                     {"send_buffer_size", "131072"},
                     {"tcp_nodelay", "1"},
                     {"pkt_size", "1316"}});
    Check(avio_open2(&output->pb, url.c_str(), AVIO_FLAG_WRITE, &output->interrupt_callback,
                     options.get()));
  }
  Options options(
      {{"flvflags", "no_duration_filesize"}, {"pes_payload_size", "0"}, {"rtsp_transport", "tcp"}});
  Check(avformat_write_header(output, options.get()));
  has_begun_ = true;
}

LivePush::~LivePush() {
  if (has_begun_) av_write_trailer(output_.get());  // or what the muxer holds is never given back
}

void LivePush::Check(int status) const {
  if (status >= 0) return;
  throw Error(ErrorCode::kIo,
              status == AVERROR_EXIT || patience_.is_over() ? "no answer" : ErrorText(status));
}

void LivePush::Write(const AccessUnit* unit, int64_t pts, int64_t duration,
                     std::span<const int16_t> sound) {
  const auto take = [this](AVPacket& packet) { WriteSound(packet); };
  if (end_ == 0) {
    sound_.Begin(pts);
  } else {
    sound_.Write({}, pts - end_, take);
  }
  end_ = pts + duration;
  if (unit != nullptr) {
    FillPacket(*packet_, *unit, pts, duration);
    av_packet_rescale_ts(packet_.get(), kLiveTicks, output_->streams[kLiveVideo]->time_base);
    Check(av_interleaved_write_frame(output_.get(), packet_.get()));
  }
  sound_.Write(sound, duration, take);
}

void LivePush::WriteSound(AVPacket& packet) {
  packet.stream_index = kLiveSound;
  av_packet_rescale_ts(&packet, kLiveTicks, output_->streams[kLiveSound]->time_base);
  Check(av_interleaved_write_frame(output_.get(), &packet));
}

}  // namespace mouthpiece::media
