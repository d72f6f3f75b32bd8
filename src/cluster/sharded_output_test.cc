#include <gtest/gtest.h>

#include "mouthpiece/error.h"
#include "mouthpiece/join.h"
#include "support/errors.h"

namespace mouthpiece {
namespace {

TEST(ShardedOutput, IsAVideo) {
  for (const char* name : {"a.mp4", "x/b.MP4"}) {
    const ShardedOutput output = PlanShardedOutput(name);
    EXPECT_TRUE(output.is_video);
    EXPECT_EQ(output.suffix, ".mp4");
  }
}

TEST(ShardedOutput, IsPicturesInAFolder) {
  for (const char* name : {"x/y/", "x/y/%05d.jpg"}) {
    const ShardedOutput output = PlanShardedOutput(name);
    EXPECT_FALSE(output.is_video);
    EXPECT_EQ(output.folder / "", "x/y/");
    EXPECT_EQ(output.prefix, "");
    EXPECT_EQ(output.digits, 5);
    EXPECT_EQ(output.suffix, ".jpg");
  }
  const ShardedOutput here = PlanShardedOutput("a_%d.b.png");
  EXPECT_EQ(here.folder, "");
  EXPECT_EQ(here.prefix, "a_");
  EXPECT_EQ(here.digits, 1);
  EXPECT_EQ(here.suffix, ".b.png");
}

TEST(ShardedOutput, WhatNothingPutsTogetherIsRefused) {
  for (const char* name : {"-", "null:", "hash:", "hash:a.mp4", "a.y4m", "a.gif", "a.png"}) {
    const Error error = testing::ErrorOf([&] { PlanShardedOutput(name); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(testing::Contains(error, std::string(name) + ": expected a video or pictures"))
        << error.what();
  }
  const Error error = testing::ErrorOf([] { PlanShardedOutput("a.flv"); });
  EXPECT_TRUE(testing::Contains(error, "a.flv: nothing writes this suffix")) << error.what();
}

}  // namespace
}  // namespace mouthpiece
