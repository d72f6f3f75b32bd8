#include "media/segmented_encoder.h"

#include <algorithm>
#include <span>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

// The new encoder's first packets must not come before the old one's last: at two for one it is
// empty long before.
constexpr int kEmptiedAFrame = 2;

std::span<const uint8_t> HeaderOf(const VideoEncoder& encoder) {
  const AVCodecContext& context = encoder.context();
  return {context.extradata, static_cast<size_t>(std::max(context.extradata_size, 0))};
}

}  // namespace

SegmentedEncoder::SegmentedEncoder(const EncoderSettings& settings)
    : settings_(settings), input_(settings), current_(NewEncoder()) {}

std::unique_ptr<VideoEncoder> SegmentedEncoder::NewEncoder() {
  return std::make_unique<VideoEncoder>(settings_, input_, frames_);
}

void SegmentedEncoder::StartSegment() {
  current_->SendEnd();
  ending_ = std::move(current_);
  current_ = NewEncoder();
  // The file has one header for all segments.
  if (!std::ranges::equal(HeaderOf(*ending_), HeaderOf(*current_))) {
    throw Error(ErrorCode::kInternal, settings_.name + ": encoder " + settings_.codec->name +
                                          " made another header at frame " +
                                          std::to_string(frames_) + " than at the start");
  }
}

void SegmentedEncoder::Send(Frame frame) {
  if (frames_ > 0 && frames_ % settings_.segment_frames == 0) StartSegment();
  current_->Send(std::move(frame));
  ++frames_;
  to_empty_ = kEmptiedAFrame;
}

void SegmentedEncoder::SendEnd() {
  current_->SendEnd();
  ended_ = true;
}

bool SegmentedEncoder::Receive(AVPacket& packet) {
  if (ending_ != nullptr) {
    if (!ended_ && to_empty_ == 0) return false;
    --to_empty_;
    if (ending_->Receive(packet)) return true;
    ending_.reset();
  }
  return current_->Receive(packet);
}

}  // namespace mouthpiece::media
