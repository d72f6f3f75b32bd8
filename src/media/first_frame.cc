#include "media/first_frame.h"

#include <new>

namespace mouthpiece::media {

FirstFrame::FirstFrame(const std::filesystem::path& path, const AVStream& stream)
    : codec_(OpenVideoDecoder(path, stream, 1)), frame_(av_frame_alloc()) {
  if (!frame_) throw std::bad_alloc();
}

void FirstFrame::Send(const AVPacket* packet) {
  if (has_frame_) return;
  avcodec_send_packet(codec_.get(), packet);
  has_frame_ = avcodec_receive_frame(codec_.get(), frame_.get()) == 0;
}

}  // namespace mouthpiece::media
