#include "store/frame_sequence.h"

#include <algorithm>
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

int64_t FrameSequence::NextUse(int frame, int64_t from) const {
  const int64_t n = frame_count;
  const bool turns = loop == LoopMode::kPingPong && n > 1;
  const int64_t period = turns ? 2 * (n - 1) : n;
  const int64_t start = range.begin + from;
  const auto until = [&](int64_t phase) { return ((phase - start) % period + period) % period; };
  int64_t steps = until(frame);
  if (turns) steps = std::min(steps, until(period - frame));
  return from + steps < size() ? from + steps : -1;
}

bool FrameSequence::TurnsOrRepeats() const {
  if (size() > frame_count) return true;
  for (int64_t i = 1; i < size(); ++i) {
    if (At(i) == At(i - 1) - 1) return true;
  }
  return false;
}

int NextFrame(const FrameSequence& sequence, int64_t position) {
  if (position >= sequence.size()) {
    throw Error(ErrorCode::kInternal, "more than the " + std::to_string(sequence.size()) +
                                          " frames of the walk were asked for");
  }
  return sequence.At(position);
}

}  // namespace mouthpiece
