// Which frames of a job a shard renders.
#ifndef MOUTHPIECE_CLUSTER_SHARD_H_
#define MOUTHPIECE_CLUSTER_SHARD_H_

#include <cstdint>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// The frames of `job` that fall to `shard`: as even a share as there is in whole segments of
/// `segment` frames, counted from the job's first. The shards' ranges follow one another and make
/// up the job; the first is not empty, others may be.
FrameRange ShardFrames(const FrameRange& job, const Shard& shard, int64_t segment);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_CLUSTER_SHARD_H_
