#include "cluster/shard.h"

#include <algorithm>

namespace mouthpiece {

FrameRange ShardFrames(const FrameRange& job, const Shard& shard, int64_t segment) {
  const int64_t segments = (job.end - job.begin + segment - 1) / segment;
  // Rounded up, so that what is left over falls to the first shards.
  const auto begin_of = [&](int64_t index) {
    const int64_t first = (segments * index + shard.count - 1) / shard.count;
    return std::min(job.begin + first * segment, job.end);
  };
  return {begin_of(shard.index), begin_of(int64_t{shard.index} + 1)};
}

}  // namespace mouthpiece
