#include "serve/pump.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace mouthpiece::serve {
namespace {

/// Counts its turns, which are `pause` apart.
class Counter : public Pumped {
 public:
  explicit Counter(live::Ticks pause) : pause_(pause) {}
  live::Ticks Turn() noexcept override {
    if (++running_ > 1) overlapped_ = true;
    ++turns_;
    const live::Ticks next = live::SteadyClock()->Now() + pause_;
    --running_;
    return next;
  }
  int turns() const { return turns_; }
  bool overlapped() const { return overlapped_; }
  void WaitFor(int turns) const {
    while (turns_ < turns) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  const live::Ticks pause_;
  std::atomic<int> turns_ = 0;
  std::atomic<int> running_ = 0;
  std::atomic<bool> overlapped_ = false;
};

constexpr live::Ticks kHour = live::Milliseconds(3600 * 1000);

TEST(Pump, GivesTurnsWhenTheyAreDue) {
  Pump pump(2, live::SteadyClock());
  const auto often = std::make_shared<Counter>(live::Milliseconds(1));
  const auto seldom = std::make_shared<Counter>(kHour);
  pump.Add(often);
  pump.Add(seldom);
  often->WaitFor(20);
  seldom->WaitFor(1);
  EXPECT_EQ(seldom->turns(), 1);
  EXPECT_FALSE(often->overlapped());
}

TEST(Pump, GivesATurnToWhoeverIsWoken) {
  Pump pump(2, live::SteadyClock());
  const auto counter = std::make_shared<Counter>(kHour);
  pump.Add(counter);
  for (int turn = 1; turn < 100; ++turn) {
    counter->WaitFor(turn);
    pump.Wake(counter.get());
  }
  counter->WaitFor(100);
  EXPECT_FALSE(counter->overlapped());
}

TEST(Pump, LetsGoOfWhatIsRemoved) {
  Pump pump(1, live::SteadyClock());
  auto counter = std::make_shared<Counter>(0);
  std::weak_ptr<Counter> kept = counter;
  pump.Add(counter);
  counter->WaitFor(3);
  pump.Remove(counter.get());
  const Pumped* gone = counter.get();
  counter.reset();
  while (!kept.expired()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  pump.Wake(gone);
  pump.Remove(gone);
}

TEST(Pump, EndsWithTurnsToCome) {
  const auto counter = std::make_shared<Counter>(0);
  {
    Pump pump(3, live::SteadyClock());
    pump.Add(counter);
    counter->WaitFor(1);
  }
  const int turns = counter->turns();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(counter->turns(), turns);
}

}  // namespace
}  // namespace mouthpiece::serve
