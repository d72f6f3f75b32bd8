#include <chrono>

#include "mouthpiece/live_clock.h"

namespace mouthpiece::live {
namespace {

class Steady final : public Clock {
 public:
  Ticks Now() const override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds);
    return seconds.count() * kTickRate + rest.count() * kTickRate / 1'000'000'000;
  }
};

}  // namespace

Clock::~Clock() = default;

std::shared_ptr<const Clock> SteadyClock() { return std::make_shared<Steady>(); }

}  // namespace mouthpiece::live
