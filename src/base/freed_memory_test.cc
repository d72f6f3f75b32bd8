#include "base/freed_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

namespace mouthpiece {
namespace {

size_t ResidentBytes() {
  size_t all = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(FreedMemory, OfAThreadThatEndedIsTheSystemsAgain) {
#ifdef MOUTHPIECE_SANITIZED
  GTEST_SKIP() << "a sanitizer's heap keeps what was freed";
#endif
  constexpr size_t kBlocks = 5000;
  constexpr size_t kBlock = 4000;  // small, so that none has pages of its own
  std::thread([] {
    std::vector<std::vector<char>> blocks;
    for (size_t i = 0; i < kBlocks; ++i) blocks.push_back(std::vector<char>(kBlock, 'x'));
    blocks.front().swap(blocks.back());  // what lies between stays
    static std::vector<char> kept = std::move(blocks.front());
  }).join();
  const size_t before = ResidentBytes();
  GiveBackFreedMemory();
  EXPECT_LT(ResidentBytes() + kBlocks * kBlock / 2, before);
}

}  // namespace
}  // namespace mouthpiece
