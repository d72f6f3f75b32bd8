#include "render/plan.h"

#include <gtest/gtest.h>

#include "mouthpiece/types.h"
#include "support/errors.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

constexpr int kFrames = 24;  // of the drawn package

class PlanRenderTest : public ::testing::Test {
 protected:
  /// The plan for features of `rows` rows.
  RenderPlan Plan(const Job& job, int64_t rows = 100,
                  const std::string& output = "null:", const Machine& machine = {}) const {
    Drive drive;
    drive.rows = rows;
    drive.frames = rows;
    return PlanRender(*avatar_, machine, job, PlanOutput({.name = output}), drive);
  }

  const std::shared_ptr<const Avatar> avatar_ = Avatar::Open(testing::DrawnPackage());
};

TEST_F(PlanRenderTest, AJobIsAsLongAsItsFeaturesOrAsAsked) {
  EXPECT_EQ(Plan({}).job_frames, (FrameRange{0, 100}));
  EXPECT_EQ(Plan({.frames = FrameRange{7, 9}}).job_frames, (FrameRange{7, 9}));
  EXPECT_EQ(Plan({.loop = LoopMode::kNone}).job_frames, (FrameRange{0, kFrames}));
  EXPECT_EQ(Plan({.loop = LoopMode::kNone}, 5).job_frames, (FrameRange{0, 5}));
}

TEST_F(PlanRenderTest, FramesPastTheAvatarNeedALoop) {
  ExpectError(ErrorCode::kInvalidArgument, {"frames: expected at most 24", "20:25"}, [&] {
    Plan({.frames = FrameRange{20, 25}, .loop = LoopMode::kNone});
  });
}

TEST_F(PlanRenderTest, FramesPastTheFeaturesAreSaid) {
  const RenderPlan plan = Plan({.frames = FrameRange{0, 120}});
  ASSERT_FALSE(plan.messages.empty());
  EXPECT_EQ(plan.messages.front().text,
            "frames 100:120 lie past the last of 100 feature rows: they get silence");
}

TEST_F(PlanRenderTest, AShardOfAVideoIsWholeSegments) {
  const Job job{.frames = FrameRange{0, 600}, .shard = Shard{1, 3}};
  EXPECT_EQ(Plan(job, 600, "x.mp4").sequence.range, (FrameRange{250, 500}));
  EXPECT_EQ(Plan(job, 600).sequence.range, (FrameRange{200, 400}));
}

TEST_F(PlanRenderTest, AutoSaysWhatItTookAndWhy) {
  const RenderPlan plan = Plan({});
  EXPECT_EQ(plan.store.mode, CacheMode::kRam);
  EXPECT_EQ(plan.messages.back().text, plan.cache_reason);
  EXPECT_TRUE(Plan({}, 100, "null:", {.cache = CacheMode::kDisk}).cache_reason.empty());
}

TEST_F(PlanRenderTest, ABudgetTooSmallForTheModeIsRefused) {
  const Machine machine{.cache = CacheMode::kRam, .memory_budget = uint64_t{16} << 20};
  ExpectError(ErrorCode::kInvalidArgument, {"cache ram", "MiB or more, found 16 MiB"},
              [&] { Plan({}, 100, "null:", machine); });
}

TEST_F(PlanRenderTest, TheSinkGetsWhatTheStoreLeavesOnceFramesComeAgain) {
  const Machine stream{.cache = CacheMode::kStream};
  EXPECT_EQ(Plan({.frames = FrameRange{0, kFrames}}, 100, "x/", stream).sink_budget, 0U);
  const RenderPlan again = Plan({}, 100, "x/", stream);
  EXPECT_GT(again.sink_budget, 0U);
  EXPECT_LT(again.sink_budget, again.store.memory_budget);
  EXPECT_EQ(Plan({}, 100, "x/", {.cache = CacheMode::kRam}).sink_budget, 0U);
}

}  // namespace
}  // namespace mouthpiece
