#include "store/run_lengths.h"

#include <algorithm>
#include <cstring>

namespace mouthpiece {

std::vector<uint8_t> RunsOf(ConstPlane plane) {
  constexpr ptrdiff_t kLongest = 255;
  std::vector<uint8_t> runs;
  for (int y = 0; y < plane.height; ++y) {
    const uint8_t* at = plane.row(y);
    const uint8_t* const end = at + plane.width;
    while (at != end) {
      const uint8_t* const last = at + std::min<ptrdiff_t>(end - at, kLongest);
      const uint8_t* const next =
          std::find_if(at, last, [value = *at](uint8_t sample) { return sample != value; });
      runs.push_back(static_cast<uint8_t>(next - at));
      runs.push_back(*at);
      at = next;
    }
  }
  runs.shrink_to_fit();
  return runs;
}

void ExpandRuns(std::span<const uint8_t> runs, Plane plane) {
  const uint8_t* run = runs.data();
  for (int y = 0; y < plane.height; ++y) {
    uint8_t* const row = plane.row(y);
    for (int x = 0; x < plane.width; run += 2) {
      std::memset(row + x, run[1], run[0]);
      x += run[0];
    }
  }
}

}  // namespace mouthpiece
