// A render of one shard: which frames it is, and the mark that its file carries.
#ifndef MOUTHPIECE_CLUSTER_SHARD_JOB_H_
#define MOUTHPIECE_CLUSTER_SHARD_JOB_H_

#include <filesystem>
#include <optional>
#include <string>

#include "avatar/package.h"
#include "mouthpiece/options.h"
#include "sink/output_plan.h"
#include "sink/sink.h"

namespace mouthpiece {

/// What is rendered of a job's `frames`: all of them without a shard.
FrameRange ResolveShard(const FrameRange& frames, const std::optional<Shard>& shard,
                        const OutputPlan& output);

/// Throws Error (kBadMedia) when the mark of a shard needs a file's bytes that can be read only
/// once, as those of a pipe.
void CheckShardInputs(const Job& job, const OutputPlan& output);

/// A shard that is rendered, as far as its mark tells of it. Borrows.
struct ShardRender {
  const Package& package;
  const Job& job;
  const OutputPlan& output;
  FrameRange frames;              ///< Of the shard
  FrameRange job_frames;          ///< Of all shards
  int threads = 0;                ///< Of the encoder; 0: its own choice
  std::filesystem::path model{};  ///< The network that runs
  std::string engine{};           ///< What runs it
};

/// The text of the mark; empty for a render that is no shard, or of an output that takes no
/// comment. Throws Error.
std::string ShardMarkText(const ShardRender& render);

/// Makes the output of a shard without frames: a file of its mark alone if it has one, else what
/// the sink makes of no frames.
void WriteEmptyShard(const OutputPlan& output, const SinkJob& job, const StreamFormat& format);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_CLUSTER_SHARD_JOB_H_
