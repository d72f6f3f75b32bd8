#include "support/push_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "media/ffmpeg.h"

namespace mouthpiece::testing {

namespace {

/// Binds a new socket to a port of the loopback, which it returns.
int BindAny(int file) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(file, any, size) != 0 || getsockname(file, any, &size) != 0) {
    throw std::runtime_error("no port is free");
  }
  return ntohs(address.sin_port);
}

}  // namespace

int FreePort() {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  const int port = BindAny(file);
  close(file);
  return port;
}

MutePeer::MutePeer() : file_(socket(AF_INET, SOCK_STREAM, 0)), port_(BindAny(file_)) {
  if (listen(file_, 5) != 0) throw std::runtime_error("cannot listen");
}

MutePeer::~MutePeer() { close(file_); }

PushPeer::PushPeer(const std::string& url) : thread_([this, url] { Run(url); }) {}

PushPeer::~PushPeer() { stops_ = true; }

std::vector<PushPeer::Packet> PushPeer::packets(bool is_video) const {
  std::vector<Packet> found;
  const std::lock_guard lock(mutex_);
  std::ranges::copy_if(packets_, std::back_inserter(found),
                       [=](const Packet& packet) { return packet.is_video == is_video; });
  return found;
}

bool PushPeer::WaitForPictures(size_t count, std::chrono::seconds longest) const {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (packets(true).size() < count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

void PushPeer::Run(const std::string& url) {
  media::TameFfmpeg();
  AVFormatContext* raw = avformat_alloc_context();
  raw->interrupt_callback = {
      [](void* stops) { return static_cast<const std::atomic<bool>*>(stops)->load() ? 1 : 0; },
      &stops_};
  AVDictionary* options = nullptr;
  const bool is_rtsp = url.starts_with("rtsp:");
  if (is_rtsp) av_dict_set(&options, "rtsp_flags", "listen", 0);
  if (url.starts_with("rtmp:")) av_dict_set(&options, "listen", "1", 0);
  if (url.starts_with("srt:")) av_dict_set(&options, "mode", "listener", 0);
  const AVInputFormat* format = nullptr;
  if (url.starts_with("srt:") || url.starts_with("udp:")) format = av_find_input_format("mpegts");
  const int opened = avformat_open_input(&raw, url.c_str(), format, &options);
  av_dict_free(&options);
  if (opened < 0) return;
  const media::InputPtr input(raw);
  const media::PacketPtr packet(av_packet_alloc());
  while (!stops_ && av_read_frame(raw, packet.get()) >= 0) {
    const AVStream& stream = *raw->streams[packet->stream_index];
    const double time = packet->pts == AV_NOPTS_VALUE
                            ? std::nan("")
                            : static_cast<double>(packet->pts) * av_q2d(stream.time_base);
    {
      const std::lock_guard lock(mutex_);
      packets_.push_back({.is_video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO,
                          .key = (packet->flags & AV_PKT_FLAG_KEY) != 0,
                          .time = time,
                          .bytes = static_cast<size_t>(packet->size)});
    }
    av_packet_unref(packet.get());
  }
}

}  // namespace mouthpiece::testing
