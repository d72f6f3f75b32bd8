#include "media/video_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "media/clean_aperture.h"
#include "media/clean_start.h"
#include "media/ffmpeg.h"
#include "media/first_frame.h"
#include "media/joined_parts.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadMedia, path.string() + ": " + what);
}

constexpr const char* kEncrypted = "is encrypted: expected a video that plays without a key";

/// What a pass over the packets finds.
struct Packets {
  std::vector<int64_t> times;         ///< Of those that are shown; ascending
  std::vector<int64_t> clean_starts;  ///< Times of packets that decoding can start at; ascending
  int64_t first_time = 0;             ///< Of the first packet, shown or not
  int64_t count = 0;                  ///< Shown or not
  bool starts_clean = false;          ///< Every frame can be decoded from the first packet on
  bool hides_later = false;           ///< What is not shown lies behind something that is
};

/// Gives `first` the packets until a picture comes of them.
Packets ReadPackets(const std::filesystem::path& path, AVFormatContext& input, int number,
                    media::FirstFrame& first) {
  media::CleanStarts clean_starts(*input.streams[number]->codecpar);
  Packets packets;
  int64_t last_hidden = std::numeric_limits<int64_t>::min();
  const media::PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  int status = 0;
  while ((status = av_read_frame(&input, packet.get())) >= 0) {
    if (packet->stream_index == number) {
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) {
        Fail(path,
             "is cut short: frame " + std::to_string(packets.times.size()) + " is incomplete");
      }
      const int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
      if (time == AV_NOPTS_VALUE) {
        Fail(path, "packet " + std::to_string(packets.count) + " has no time stamp");
      }
      if (av_packet_get_side_data(packet.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) {
        Fail(path, kEncrypted);
      }
      first.Send(packet.get());
      const bool is_shown = (packet->flags & AV_PKT_FLAG_DISCARD) == 0;
      const bool is_clean = (packet->flags & AV_PKT_FLAG_KEY) != 0 && clean_starts.IsClean(*packet);
      if (packets.count++ == 0) {
        packets.first_time = time;
        packets.starts_clean = is_clean && is_shown;
      }
      if (is_shown) packets.times.push_back(time);
      if (is_shown && is_clean) packets.clean_starts.push_back(time);
      if (!is_shown) last_hidden = std::max(last_hidden, time);
    }
    av_packet_unref(packet.get());
  }
  if (status != AVERROR_EOF) Fail(path, "cannot be read to its end: " + media::ErrorText(status));
  first.Send(nullptr);
  std::sort(packets.times.begin(), packets.times.end());
  std::sort(packets.clean_starts.begin(), packets.clean_starts.end());
  if (packets.times.empty()) Fail(path, "holds no frame");
  constexpr int64_t kFarthest = int64_t{1} << 62;
  if (packets.times.front() < -kFarthest || packets.times.back() > kFarthest) {
    Fail(path, "has a damaged time stamp: expected one that a clock can show, found " +
                   std::to_string(packets.times.front()) + " to " +
                   std::to_string(packets.times.back()));
  }
  packets.hides_later = last_hidden >= packets.times.front();
  // Frames that are shown before the first packet's may refer to what was cut off.
  packets.starts_clean = packets.starts_clean && packets.times.front() == packets.first_time;
  return packets;
}

/// Packets that the container's header promises; 0 when it promises none. Of MP4 the index is what
/// edit lists leave of that.
int64_t PromisedPackets(const AVFormatContext& input, AVStream& stream) {
  const bool is_mp4 = std::strstr(input.iformat->name, "mp4") != nullptr;
  return is_mp4 ? avformat_index_get_entries_count(&stream) : stream.nb_frames;
}

/// The times of the frames that come out of the decoder, ascending.
std::vector<int64_t> DecodeTimes(const std::filesystem::path& path, int number) {
  const media::InputPtr input = media::OpenInput(path);
  const media::CodecContextPtr codec = media::OpenVideoDecoder(path, *input->streams[number], 1);
  const media::PacketPtr packet(av_packet_alloc());
  const media::FramePtr frame(av_frame_alloc());
  if (!packet || !frame) throw std::bad_alloc();
  std::vector<int64_t> times;
  const auto take_frames = [&] {
    while (avcodec_receive_frame(codec.get(), frame.get()) == 0) {
      times.push_back(frame->pts != AV_NOPTS_VALUE ? frame->pts : frame->pkt_dts);
    }
  };
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    if (packet->stream_index == number) {
      if (packet->pts == AV_NOPTS_VALUE) packet->pts = packet->dts;
      avcodec_send_packet(codec.get(), packet.get());  // what is damaged is found by VideoReader
      take_frames();
    }
    av_packet_unref(packet.get());
  }
  avcodec_send_packet(codec.get(), nullptr);
  take_frames();
  std::sort(times.begin(), times.end());
  return times;
}

/// Leaves of `index.times` what a decoder gives.
void KeepDecodable(int number, VideoIndex& index) {
  const std::vector<int64_t> decoded = DecodeTimes(index.path, number);
  std::vector<int64_t> kept;
  std::set_intersection(index.times.begin(), index.times.end(), decoded.begin(), decoded.end(),
                        std::back_inserter(kept));
  if (kept.empty()) Fail(index.path, "holds no frame that can be decoded");
  index.properties.undecodable_frames = static_cast<int>(index.times.size() - kept.size());
  index.times = std::move(kept);
}

void FindKeyframes(const Packets& packets, VideoIndex& index) {
  index.keyframes.push_back(0);
  if (packets.hides_later) return;  // the same picture may come more than once
  for (const int64_t time : packets.clean_starts) {
    const auto at = std::lower_bound(index.times.begin(), index.times.end(), time);
    if (at == index.times.end() || *at != time || at == index.times.begin()) continue;
    index.keyframes.push_back(static_cast<int>(at - index.times.begin()));
  }
}

}  // namespace

VideoIndex IndexVideo(const std::filesystem::path& path) {
  media::InputPtr input = media::OpenInput(path);
  const int number = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (number < 0) Fail(path, "holds no video stream");
  AVStream& stream = *input->streams[number];
  if (stream.codecpar->width <= 0 || stream.codecpar->height <= 0) Fail(path, "has no frame size");

  VideoIndex index;
  index.path = path;
  index.properties = ReadSourceProperties(*input, number);
  SourceProperties& properties = index.properties;
  properties.is_joined = media::JoinedPartAfter(path, 0).has_value();
  properties.clean_aperture =
      media::CleanApertureOf(path, properties.stored_width, properties.stored_height).value_or("");
  if (properties.is_encrypted) Fail(path, kEncrypted);

  media::FirstFrame first(path, stream);
  Packets packets = ReadPackets(path, *input, number, first);
  if (first.get() != nullptr) AddFrameProperties(*first.get(), properties);
  index.width = properties.stored_width;
  index.height = properties.stored_height;
  if (properties.orientation.is_transposed) std::swap(index.width, index.height);
  index.color = TagsWhenDecoded(properties);

  const int64_t promised = PromisedPackets(*input, stream);
  if (packets.count < promised) {
    Fail(path, "is cut short: its header promises " + std::to_string(promised) + " frames, " +
                   std::to_string(packets.count) + " are there");
  }
  index.times = std::move(packets.times);
  index.start_time = packets.first_time;
  const auto twice = std::adjacent_find(index.times.begin(), index.times.end());
  if (twice != index.times.end()) {
    Fail(path, "frames " + std::to_string(twice - index.times.begin()) + " and " +
                   std::to_string(twice - index.times.begin() + 1) + " have the same time stamp");
  }
  properties.hidden_frames = static_cast<int>(packets.count) - index.frame_count();
  if (!packets.starts_clean) KeepDecodable(number, index);
  FindKeyframes(packets, index);

  const AVRational rate = av_guess_frame_rate(input.get(), &stream, nullptr);
  properties.stated_rate = {rate.num, rate.den};
  index.frame_rate = RateOf(index.times, {stream.time_base.num, stream.time_base.den},
                            properties.stated_rate, properties.uneven_frames);
  return index;
}

}  // namespace mouthpiece
