#include "infer/busy_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace mouthpiece {
namespace {

TEST(BusyClock, CountsOverlappingIntervalsOnce) {
  BusyClock clock;
  EXPECT_EQ(clock.seconds(), 0);
  const Clock::time_point start = Clock::now();
  clock.Begin();
  clock.Begin();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  clock.End();
  EXPECT_GE(clock.seconds(), 0.005);  // one is still open
  clock.End();
  const double seconds = clock.seconds();
  EXPECT_GE(seconds, 0.005);
  EXPECT_LE(seconds, SecondsSince(start));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(clock.seconds(), seconds);
}

}  // namespace
}  // namespace mouthpiece
