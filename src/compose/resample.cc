#include "compose/resample.h"

#include <cmath>

namespace mouthpiece {

ResampleTaps TapsAt(int i, int source, int target, Resample resample) {
  const double position = (i + 0.5) * source / target - 0.5;
  const double whole = std::floor(position);
  const double t = position - whole;
  const int index = static_cast<int>(whole);
  if (resample == Resample::kLinear) return {index, {1 - t, t, 0, 0}};

  // Keys' kernel: |x| <= 1 and 1 < |x| < 2.
  constexpr double a = -0.75;
  const auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {index - 1, {far(t + 1), near(t), near(1 - t), far(2 - t)}};
}

}  // namespace mouthpiece
