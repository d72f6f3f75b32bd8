#include "store/window_size.h"

#include <algorithm>

namespace mouthpiece {
namespace {

constexpr uint64_t kStreamBytes = 64'000'000;
constexpr uint64_t kStreamPixels = 1280 * 720;

}  // namespace

int MostCopies(int frames_in_flight) { return frames_in_flight / 2; }

WindowSize ChunkWindow(int frame_count, int chunk_frames, int frames_in_flight) {
  const int64_t slots = chunk_frames + int64_t{std::max(chunk_frames, frames_in_flight)};
  if (frame_count <= slots) return {frame_count, frame_count};  // everything stays, loaded once
  return {chunk_frames, static_cast<int>(slots)};
}

WindowSize StreamWindow(const FrameLayout& layout, int frame_count, uint64_t memory,
                        int frames_in_flight) {
  const uint64_t pixels =
      static_cast<uint64_t>(layout.width()) * static_cast<uint64_t>(layout.height());
  const uint64_t scaled =
      pixels <= kStreamPixels
          ? kStreamBytes
          : static_cast<uint64_t>(static_cast<double>(kStreamBytes) / double{kStreamPixels} *
                                  static_cast<double>(pixels));
  const uint64_t copies = static_cast<uint64_t>(MostCopies(frames_in_flight)) * layout.full_bytes();
  const uint64_t all = std::min(scaled, memory);
  const uint64_t fitting = all > copies ? (all - copies) / layout.bytes() : 0;
  const int slots =
      std::max(static_cast<int>(std::min<uint64_t>(fitting, 1 << 20)), frames_in_flight + 1);
  if (frame_count <= slots) return {frame_count, frame_count};
  const int block = slots - frames_in_flight;
  return {block, slots, 2 * block <= slots};
}

}  // namespace mouthpiece
