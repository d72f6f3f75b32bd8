#include "media/video_index.h"

#include <algorithm>
#include <string>

#include "media/ffmpeg.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadMedia, path.string() + ": " + what);
}

}  // namespace

VideoIndex IndexVideo(const std::filesystem::path& path) {
  media::InputPtr input = media::OpenInput(path);
  const int number = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (number < 0) Fail(path, "holds no video stream");
  const AVStream& stream = *input->streams[number];
  if (stream.codecpar->width <= 0 || stream.codecpar->height <= 0) Fail(path, "has no frame size");

  VideoIndex index;
  index.path = path;
  index.width = stream.codecpar->width;
  index.height = stream.codecpar->height;
  const AVRational rate = av_guess_frame_rate(input.get(), input->streams[number], nullptr);
  index.frame_rate = {rate.num, rate.den};
  index.color = media::ColorTagsOf(*stream.codecpar);

  std::vector<int64_t> key_times;
  media::PacketPtr packet(av_packet_alloc());
  int status = 0;
  while ((status = av_read_frame(input.get(), packet.get())) >= 0) {
    if (packet->stream_index == number && (packet->flags & AV_PKT_FLAG_DISCARD) == 0) {
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) {
        Fail(path, "is cut short: frame " + std::to_string(index.times.size()) + " is incomplete");
      }
      const int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
      if (time == AV_NOPTS_VALUE) {
        Fail(path, "packet " + std::to_string(index.times.size()) + " has no time stamp");
      }
      index.times.push_back(time);
      if ((packet->flags & AV_PKT_FLAG_KEY) != 0) key_times.push_back(time);
    }
    av_packet_unref(packet.get());
  }
  if (status != AVERROR_EOF) Fail(path, "cannot be read to its end: " + media::ErrorText(status));
  if (index.times.empty()) Fail(path, "holds no frame");
  if (stream.nb_frames > 0 && index.frame_count() < stream.nb_frames) {
    Fail(path, "is cut short: its header promises " + std::to_string(stream.nb_frames) +
                   " frames, " + std::to_string(index.frame_count()) + " are there");
  }

  std::sort(index.times.begin(), index.times.end());
  const auto twice = std::adjacent_find(index.times.begin(), index.times.end());
  if (twice != index.times.end()) {
    Fail(path, "frames " + std::to_string(twice - index.times.begin()) + " and " +
                   std::to_string(twice - index.times.begin() + 1) + " have the same time stamp");
  }
  std::sort(key_times.begin(), key_times.end());
  for (const int64_t time : key_times) {
    const auto at = std::lower_bound(index.times.begin(), index.times.end(), time);
    index.keyframes.push_back(static_cast<int>(at - index.times.begin()));
  }
  if (index.keyframes.empty() || index.keyframes.front() != 0) {
    Fail(path, "does not start with a keyframe");
  }
  return index;
}

}  // namespace mouthpiece
