// The rate of a clip, from whatever its time stamps say.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <vector>

#include "media/source_properties.h"
#include "only_errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  FuzzedDataProvider input(data, size);
  const auto rational = [&input] {
    return Rational{input.ConsumeIntegral<int>(), input.ConsumeIntegral<int>()};
  };
  const Rational time_base = rational();
  const Rational stated = rational();
  const bool is_wide = input.ConsumeBool();
  std::vector<int64_t> times;
  while (input.remaining_bytes() > 0) {
    times.push_back(is_wide ? input.ConsumeIntegral<int64_t>() / 2
                            : input.ConsumeIntegral<uint16_t>());
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  int uneven = 0;
  RateOf(times, time_base, stated, uneven);
  fuzz::Require(uneven >= 0 && static_cast<size_t>(uneven) <= times.size(), "a number of frames");
  return 0;
}
