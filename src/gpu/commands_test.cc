// Kernels, copies and fills one after the other, under the validation layer.
#include "gpu/commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "support/errors.h"
#include "support/gpu.h"

namespace mouthpiece::gpu {
namespace {

constexpr uint32_t kCode[] = {
#include "add.inc"
};

struct Push {
  uint32_t count, added;
};

constexpr uint32_t kWords = 999;

class CommandsTest : public testing::OnGpu {
 protected:
  Buffer Make(MemoryKind kind) { return {device_, kWords * 4, kind, "words"}; }

  static std::span<uint32_t> Words(const Buffer& buffer) {
    return {reinterpret_cast<uint32_t*>(buffer.mapped().data()), kWords};
  }

  /// target = source + added, in words `first` on.
  void Add(Commands& commands, const BufferRange& source, const BufferRange& target,
           uint32_t added) {
    const auto count = static_cast<uint32_t>(source.bytes / 4);
    commands.Dispatch(kernel_, {{source, Access::kRead}, {target, Access::kWrite}},
                      Push{count, added}, {(count + 63) / 64});
  }

  const Kernel kernel_{
      device_,
      {.name = "add", .code = kCode, .bindings = 2, .push_bytes = sizeof(Push), .constants = {}}};
};

TEST_F(CommandsTest, StepsSeeWhatEarlierOnesWrote) {
  const Buffer up = Make(MemoryKind::kUpload);
  const Buffer a = Make(MemoryKind::kDevice);
  const Buffer b = Make(MemoryKind::kDevice);
  const Buffer down = Make(MemoryKind::kDownload);
  Commands commands(device_, 8);
  for (uint32_t round = 0; round < 20; ++round) {
    for (uint32_t i = 0; i < kWords; ++i) Words(up)[i] = round * i;
    commands.Begin();
    commands.Copy(BufferRange(up), BufferRange(a));
    EXPECT_EQ(commands.barriers(), 0);
    Add(commands, BufferRange(a), BufferRange(b), 3);  // reads what was copied
    EXPECT_EQ(commands.barriers(), 1);
    commands.Fill(BufferRange(a), 100);  // writes what was read
    EXPECT_EQ(commands.barriers(), 2);
    Add(commands, BufferRange(b), BufferRange(down), 5);  // was ended by the last barrier
    EXPECT_EQ(commands.barriers(), 2);
    Add(commands, BufferRange(a), BufferRange(b), 0);
    EXPECT_EQ(commands.barriers(), 3);
    Add(commands, BufferRange(a), BufferRange(b), 9);  // writes what was written
    EXPECT_EQ(commands.barriers(), 4);
    commands.Copy({b, 0, 4}, {down, 0, 4});
    EXPECT_EQ(commands.barriers(), 5);
    commands.Submit();
    EXPECT_TRUE(commands.running());
    commands.Wait();
    EXPECT_FALSE(commands.running());
    EXPECT_EQ(Words(down)[0], 109U);
    for (uint32_t i = 1; i < kWords; ++i) ASSERT_EQ(Words(down)[i], round * i + 8) << i;
  }
}

TEST_F(CommandsTest, StepsThatDoNotMeetNeedNoBarrier) {
  const Buffer up = Make(MemoryKind::kUpload);
  const Buffer a = Make(MemoryKind::kDevice);
  const Buffer b = Make(MemoryKind::kDevice);
  const Buffer down = Make(MemoryKind::kDownload);
  std::ranges::fill(Words(up), 1U);
  Commands commands(device_, 8);
  commands.Begin();
  Add(commands, BufferRange(up), BufferRange(a), 1);
  Add(commands, BufferRange(up), BufferRange(b), 2);  // reads the same
  commands.Fill({down, 0, 400}, 3);
  commands.Fill({down, 400, kWords * 4 - 400}, 4);  // touches, and no more
  EXPECT_EQ(commands.barriers(), 0);
  commands.Copy({a, 0, 256}, {down, 256, 256});  // over both
  EXPECT_EQ(commands.barriers(), 1);
  commands.Submit();
  commands.Wait();
  EXPECT_EQ(Words(down)[63], 3U);
  EXPECT_EQ(Words(down)[64], 2U);
  EXPECT_EQ(Words(down)[127], 2U);
  EXPECT_EQ(Words(down)[128], 4U);
}

TEST_F(CommandsTest, AListRunsBehindWhatWasSubmittedBefore) {
  const Buffer up = Make(MemoryKind::kUpload);
  const Buffer a = Make(MemoryKind::kDevice);
  const Buffer down = Make(MemoryKind::kDownload);
  std::ranges::fill(Words(up), 7U);
  Commands first(device_, 2);
  Commands second(device_, 2);
  first.Begin();
  Add(first, BufferRange(up), BufferRange(a), 1);
  first.Submit();
  second.Begin();
  Add(second, BufferRange(a), BufferRange(down), 1);
  second.Submit();
  second.Wait();
  EXPECT_EQ(std::ranges::count(Words(down), 9U), kWords);
}

TEST_F(CommandsTest, TheValidationLayerMissesABarrierThatIsLeftOut) {
  const Buffer a = Make(MemoryKind::kDevice);
  const Buffer b = Make(MemoryKind::kDevice);
  const auto record = [&](int omitted) {
    Commands commands(device_, 3);
    commands.OmitBarrier(omitted);
    commands.Begin();
    commands.Fill(BufferRange(a), 1);
    Add(commands, BufferRange(a), BufferRange(b), 1);
    Add(commands, BufferRange(b), BufferRange(a), 1);
    commands.Submit();
    commands.Wait();
    return device_.instance().TakeMessages();
  };
  EXPECT_NE(record(0).find("SYNC-HAZARD-READ-AFTER-WRITE"), std::string::npos);
  EXPECT_NE(record(1).find("SYNC-HAZARD"), std::string::npos);
  EXPECT_EQ(record(2), "");
}

TEST_F(CommandsTest, TimesStepsWhenItIsTold) {
  const Buffer a = Make(MemoryKind::kDevice);
  const Buffer b = Make(MemoryKind::kDevice);
  for (const bool timed : {true, false}) {
    Commands commands(device_, 3, timed);
    for (const int steps : {3, 1}) {
      commands.Begin();
      commands.Fill(BufferRange(a), 1);
      if (steps > 1) {
        Add(commands, BufferRange(a), BufferRange(b), 1);
        commands.Copy(BufferRange(b), BufferRange(a));
      }
      commands.Submit();
      commands.Wait();
      const std::vector<StepTime> times = commands.StepTimes();
      ASSERT_EQ(times.size(), timed ? static_cast<size_t>(steps) : 0);
      for (const StepTime& time : times) {
        EXPECT_GE(time.seconds, 0);
        EXPECT_LT(time.seconds, 60);
      }
      if (timed && steps > 1) {
        EXPECT_EQ(times[1].name, "add");
      }
    }
  }
}

TEST_F(CommandsTest, RefusesBindingsAndConstantsThatAreNotTheKernels) {
  const Buffer a = Make(MemoryKind::kDevice);
  Commands commands(device_, 1);
  commands.Begin();
  testing::ExpectError(ErrorCode::kInternal, {"add: expected 2 bindings and 8 bytes", "1 and 4"},
                       [&] { commands.Dispatch(kernel_, {{BufferRange(a)}}, 1, {1}); });
}

TEST_F(CommandsTest, NothingRunsAnyMoreWhenAListIsGone) {
  const Buffer a = Make(MemoryKind::kDevice);
  Commands commands(device_, 200);
  commands.Begin();
  for (uint32_t i = 0; i < 200; ++i) commands.Fill(BufferRange(a), i);
  commands.Submit();
}

TEST_F(CommandsTest, BuffersMove) {
  Buffer a = Make(MemoryKind::kUpload);
  Words(a)[5] = 55;
  Buffer b = std::move(a);
  EXPECT_EQ(Words(b)[5], 55U);
  EXPECT_EQ(a.bytes(), 0U);  // NOLINT(bugprone-use-after-move): what is left of it
  EXPECT_TRUE(a.mapped().empty());
  b = Make(MemoryKind::kDownload);
  EXPECT_EQ(b.bytes(), kWords * 4);
  Buffer& same = b;
  b = std::move(same);
  EXPECT_EQ(b.bytes(), kWords * 4);
  const Buffer there = Make(MemoryKind::kDevice);
  EXPECT_TRUE(there.mapped().empty());
}

}  // namespace
}  // namespace mouthpiece::gpu
