#include "base/no_fork.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace mouthpiece {
namespace {

/// Forks a child that ends with `work`'s result.
template <typename Work>
int ForkedOff(const Work& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ForkedOff, NeverInTheMiddleOfWhatOthersDo) {
  std::atomic<bool> stop = false;
  std::atomic<int> half_done = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      while (!stop) {
        const NoFork outer;
        ++half_done;
        const NoFork inner;
        std::this_thread::sleep_for(std::chrono::microseconds(300));
        --half_done;
      }
    });
  }
  int found = 0;
  for (int i = 0; i < 20; ++i) found += ForkedOff([&] { return half_done.load(); });
  stop = true;
  for (std::thread& other : others) other.join();
  EXPECT_EQ(found, 0);
}

TEST(ForkedOff, NeverInTheMiddleOfWhatOneThreadBeginsAndAnotherEnds) {
  std::atomic<bool> is_half_done = true;
  auto work = std::make_unique<NoForkMeanwhile>();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    is_half_done = false;
    work.reset();
  });
  EXPECT_EQ(ForkedOff([&] { return is_half_done ? 1 : 0; }), 0);
  other.join();
}

TEST(ForkedOff, AMomentAfterTheEndOfWhatOthersDo) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  { const NoFork no_fork; }
  EXPECT_EQ(ForkedOff([&] { return Clock::now() - start < std::chrono::milliseconds(50); }), 0);
}

TEST(ForkedOff, AfterWorkThatIsBegunInside) {
  auto no_fork = std::make_unique<NoFork>();
  std::thread forks([] { ForkedOff([] { return 0; }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it is likely to wait by now
  { const NoForkMeanwhile work; }                              // does not wait for the fork
  no_fork.reset();
  forks.join();
}

TEST(ForkedOff, ByAThreadThatIsInsideItself) {
  const NoFork no_fork;
  EXPECT_EQ(ForkedOff([] {
              const NoFork nested;
              return 5;
            }),
            5);
}

TEST(ForkedOff, ChildrenGoInsideAndFork) {
  EXPECT_EQ(ForkedOff([] {
              { const NoFork no_fork; }
              return ForkedOff([] {
                const NoFork no_fork;
                return 7;
              });
            }),
            7);
}

}  // namespace
}  // namespace mouthpiece
