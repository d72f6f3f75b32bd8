#include "serve/mp4_track.h"

namespace mouthpiece::serve {

std::vector<uint8_t> Mp4Track::Write(const Settled& settled) {
  std::vector<uint8_t> bytes;
  if (mp4_ == nullptr) {
    if (settled.unit == nullptr || !settled.unit->key) return bytes;
    mp4_ = std::make_unique<media::LiveMp4>(headers_, settled.pts);
  } else if (settled.gap > 0) {
    bytes = mp4_->Write(nullptr, settled.gap, {});
  }
  const std::vector<uint8_t> fragment =
      mp4_->Write(settled.unit.get(), settled.duration, settled.sound);
  bytes.insert(bytes.end(), fragment.begin(), fragment.end());
  return bytes;
}

}  // namespace mouthpiece::serve
