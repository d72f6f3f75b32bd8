// A render of one shard: which frames it is, and the mark that its file carries.
#ifndef MOUTHPIECE_CLUSTER_SHARD_JOB_H_
#define MOUTHPIECE_CLUSTER_SHARD_JOB_H_

#include <string>

#include "infer/engine.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "sink/sink.h"

namespace mouthpiece {

/// What is rendered of `frames`, the whole job's: all of it without `job.shard`.
FrameRange ResolveShard(const FrameRange& frames, const Job& job, const Output& output);

/// The text of the mark; empty for a render that is no shard, or of something that is no video.
/// Throws Error.
struct ShardMarkParts {
  const Avatar& avatar;
  const EngineInfo& engine;
  const Job& job;
  const Output& output;
  FrameRange frames;  ///< The whole job's
  FrameRange range;   ///< The shard's
  int threads = 0;    ///< Of the video encoder
};
std::string ShardMarkText(const ShardMarkParts& parts);

/// Makes the output of a shard without frames: of a video the file of its mark, else what the sink
/// makes of no frames.
void WriteEmptyShard(const SinkOptions& options, const StreamFormat& format);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_CLUSTER_SHARD_JOB_H_
