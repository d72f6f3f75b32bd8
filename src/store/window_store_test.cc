#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include "support/files.h"
#include "support/store_walk.h"

namespace mouthpiece {
namespace {

using testing::CheckWalk;
using testing::Drawn;
using testing::NameOf;
using testing::Options;

using WindowCase = std::tuple<CacheMode, int, int>;  // mode, chunk frames, frames in flight

class Windows : public ::testing::TestWithParam<WindowCase> {};

TEST_P(Windows, OfAnySizeGiveTheSameFrames) {
  const auto [mode, chunk_frames, in_flight] = GetParam();
  // Without a budget a stream holds no more than the caller and one frame.
  const StoreOptions options = Options(mode, chunk_frames, 0);
  CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 80}}, in_flight, 2});
  CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {30, 55}}, in_flight, 1});
  CheckWalk(Drawn(), {options, {LoopMode::kRepeat, 24, {23, 60}}, in_flight, 4});
  CheckWalk(Drawn(), {options, {LoopMode::kRepeat, 24, {100, 101}}, in_flight, 2});
}

INSTANTIATE_TEST_SUITE_P(
    FrameStore, Windows,
    ::testing::Values(WindowCase{CacheMode::kChunk, 1, 1}, WindowCase{CacheMode::kChunk, 1, 5},
                      WindowCase{CacheMode::kChunk, 3, 4}, WindowCase{CacheMode::kChunk, 7, 2},
                      WindowCase{CacheMode::kChunk, 7, 16}, WindowCase{CacheMode::kChunk, 13, 3},
                      WindowCase{CacheMode::kStream, 1, 1}, WindowCase{CacheMode::kStream, 1, 2},
                      WindowCase{CacheMode::kStream, 1, 9}, WindowCase{CacheMode::kStream, 1, 22}),
    [](const auto& test) {
      return std::string(NameOf(std::get<0>(test.param))) + "_" +
             std::to_string(std::get<1>(test.param)) + "_" +
             std::to_string(std::get<2>(test.param));
    });

TEST(WindowStore, WorksAndSaysSoWithoutAScratchFile) {
  setenv("TMPDIR", (testing::EmptyFolder() / "missing").c_str(), 1);
  for (const CacheMode mode : {CacheMode::kChunk, CacheMode::kStream}) {
    std::vector<std::string> messages;
    StoreOptions options = Options(mode, 5, 0);
    options.message = [&messages](const std::string& line) { messages.push_back(line); };
    CheckWalk(Drawn(), {options, {LoopMode::kNone, 24, {0, 24}}, 4});
    EXPECT_TRUE(messages.empty());
    CheckWalk(Drawn(), {options, {LoopMode::kPingPong, 24, {0, 60}}, 4});
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_NE(messages[0].find(": frames are decoded for every use: "), std::string::npos);
  }
  unsetenv("TMPDIR");
}

}  // namespace
}  // namespace mouthpiece
