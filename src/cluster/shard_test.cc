#include "cluster/shard.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mouthpiece {
namespace {

TEST(ShardFrames, FollowOneAnotherAndMakeUpTheJob) {
  for (const FrameRange job : {FrameRange{0, 1}, {0, 250}, {7, 258}, {100, 1850}, {0, 1751}}) {
    for (const int count : {1, 2, 3, 7, 20, 1000}) {
      for (const int64_t segment : {1, 250}) {
        int64_t next = job.begin;
        int64_t least = job.end;
        int64_t most = 0;
        for (int i = 0; i < count; ++i) {
          const FrameRange part = ShardFrames(job, {i, count}, segment);
          EXPECT_EQ(part.begin, next);
          EXPECT_LE(part.begin, part.end);
          EXPECT_TRUE(part.end == job.end || (part.end - job.begin) % segment == 0);
          const int64_t segments = (part.end - part.begin + segment - 1) / segment;
          least = std::min(least, segments);
          most = std::max(most, segments);
          next = part.end;
        }
        EXPECT_EQ(next, job.end);
        EXPECT_LE(most - least, 1) << job.begin << ":" << job.end << " in " << count;
      }
    }
  }
}

TEST(ShardFrames, TheFirstShardIsNeverEmpty) {
  for (const int count : {1, 2, 3, 7, 20}) {
    EXPECT_GT(ShardFrames({5, 6}, {0, count}, 250).end, 5) << count;
  }
}

}  // namespace
}  // namespace mouthpiece
