#include "store/frame_sequence.h"

#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {

int FrameSequence::At(int64_t i) const {
  const int64_t n = frame_count;
  const int64_t k = range.begin + i;
  if (loop != LoopMode::kPingPong || n == 1) return static_cast<int>(k % n);
  const int64_t period = 2 * (n - 1);  // neither end is shown twice in a row
  const int64_t phase = k % period;
  return static_cast<int>(phase < n ? phase : period - phase);
}

int NextFrame(const FrameSequence& sequence, int64_t position) {
  if (position >= sequence.size()) {
    throw Error(ErrorCode::kInternal, "more than the " + std::to_string(sequence.size()) +
                                          " frames of the walk were asked for");
  }
  return sequence.At(position);
}

}  // namespace mouthpiece
