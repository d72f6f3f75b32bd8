#include "media/first_frame.h"

#include <new>
#include <utility>

namespace mouthpiece::media {

FirstFrame::FirstFrame(const std::filesystem::path& path, const AVStream& stream)
    : codec_(OpenVideoDecoder(path, stream, 1)), frame_(av_frame_alloc()) {
  if (!frame_) throw std::bad_alloc();
}

void FirstFrame::Send(const AVPacket* packet) {
  if (has_frame_) return;
  avcodec_send_packet(codec_.get(), packet);
  if (TakeFrame() || packet == nullptr || !std::exchange(is_first_, false)) return;
  // Most decoders hold pictures back until others that are shown before them could have come. The
  // first packet is one to start at, so asking for all that there is saves decoding those others.
  avcodec_send_packet(codec_.get(), nullptr);
  if (TakeFrame()) return;
  avcodec_flush_buffers(codec_.get());
  avcodec_send_packet(codec_.get(), packet);
  TakeFrame();
}

bool FirstFrame::TakeFrame() {
  has_frame_ = avcodec_receive_frame(codec_.get(), frame_.get()) == 0;
  return has_frame_;
}

}  // namespace mouthpiece::media
