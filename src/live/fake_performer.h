// An avatar of which a picture is no more than a number.
#ifndef MOUTHPIECE_LIVE_FAKE_PERFORMER_H_
#define MOUTHPIECE_LIVE_FAKE_PERFORMER_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "image/image.h"
#include "live/performer.h"
#include "mouthpiece/audio.h"
#include "render/lent_frame.h"

namespace mouthpiece::live {

inline uint64_t Mix(uint64_t sum, uint64_t value) {
  sum ^= value;
  return sum * 0x100000001B3ULL;
}

inline uint64_t SumOf(std::span<const float> values) {
  uint64_t sum = 0xCBF29CE484222325ULL;
  for (const float value : values) sum = Mix(sum, std::bit_cast<uint32_t>(value));
  return sum;
}

/// Rows and pictures are sums of what they are made of: of another window, another picture.
class FakePerformer final : public Performer {
 public:
  explicit FakePerformer(double frame_ms = 10) : frame_ms_(frame_ms), silent_row_(kFeatureValues) {
    Encode(std::vector<float>(1280, -4.0F), silent_row_);
    std::vector<float> window;
    for (int i = 0; i < 16; ++i) {
      window.insert(window.end(), silent_row_.begin(), silent_row_.end());
    }
    silence_ = SumOf(window);
  }

  int AvatarFrame(int64_t frame) const override { return static_cast<int>(frame % 7); }
  double frame_ms() const override { return frame_ms_; }
  void Encode(std::span<const float> windows, std::span<float> rows) override {
    for (; !rows.empty(); rows = rows.subspan(kFeatureValues), windows = windows.subspan(1280)) {
      std::fill_n(rows.begin(), kFeatureValues, 0.0F);
      rows[0] = static_cast<float>(SumOf(windows.first(1280)) >> 41);
    }
  }
  std::span<const float> silent_row() const override { return silent_row_; }
  VideoFrame Paint(int avatar_frame, std::span<const float> window) override {
    ++painted;
    return Picture8(avatar_frame, SumOf(window));
  }
  bool HasIdle(int /*avatar_frame*/) const override { return true; }
  VideoFrame PaintIdle(int avatar_frame) override { return Picture8(avatar_frame, silence_); }

  std::atomic<int> painted = 0;  ///< Mouths of speech

 private:
  static VideoFrame Picture8(int avatar_frame, uint64_t window) {
    auto state = std::make_unique<VideoFrame::State>();
    state->source_index = avatar_frame;
    state->copy = Picture(PixelFormat::kYuv420, ColorRange::kLimited, 8, 2);
    const uint64_t sum = Mix(window, static_cast<uint64_t>(avatar_frame));
    for (int i = 0; i < 8; ++i) {
      state->copy.view().planes[0].row(0)[i] = static_cast<uint8_t>(sum >> (8 * i));
    }
    state->picture = state->copy.view();
    return VideoFrame(std::move(state));
  }

  const double frame_ms_;
  std::vector<float> silent_row_;
  uint64_t silence_ = 0;
};

inline uint64_t NumberOf(const VideoFrame& frame) {
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number |= uint64_t{frame.plane(0).data[i]} << (8 * i);
  return number;
}

}  // namespace mouthpiece::live

#endif  // MOUTHPIECE_LIVE_FAKE_PERFORMER_H_
