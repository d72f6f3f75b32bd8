#include "base/per_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace mouthpiece {
namespace {

/// What `work` returns in a child that is forked off: 0 to 255.
int InAChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Counted {
  explicit Counted(int* counter) : deaths(counter) {}
  ~Counted() { ++*deaths; }
  int* deaths;
};

TEST(OfProcess, IsNoneAndOutlivesItsOwnerInAChild) {
  int deaths = 0;
  auto owner = std::make_unique<OfProcess<Counted>>(std::make_unique<Counted>(&deaths));
  EXPECT_NE(owner->get(), nullptr);
  EXPECT_EQ(InAChild([&] {
              const bool is_none = owner->get() == nullptr;
              owner.reset();
              return is_none ? deaths : 100;
            }),
            0);
  owner.reset();
  EXPECT_EQ(deaths, 1);
}

TEST(PerProcess, IsMadeOnceInEachProcess) {
  int made = 0;
  PerProcess<int> value([&] { return std::make_unique<int>(++made); });
  EXPECT_EQ(value.Get(), 1);
  EXPECT_EQ(value.Get(), 1);
  EXPECT_EQ(InAChild([&] { return value.Get() * 10 + value.Get(); }), 22);
  EXPECT_EQ(value.Get(), 1);
}

}  // namespace
}  // namespace mouthpiece
