#include "base/no_fork.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
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
  for (int i = 0; i < 100; ++i) found += ForkedOff([&] { return half_done.load(); });
  stop = true;
  for (std::thread& other : others) other.join();
  EXPECT_EQ(found, 0);
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
