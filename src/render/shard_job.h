// A render of one shard: which frames it is, and the mark that its file carries.
#ifndef MOUTHPIECE_RENDER_SHARD_JOB_H_
#define MOUTHPIECE_RENDER_SHARD_JOB_H_

#include <string>

#include "infer/engine.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/render.h"
#include "sink/sink.h"

namespace mouthpiece {

/// What is rendered of the job: all of it without `options.shard`.
FrameRange ResolveShard(const FrameRange& job, const RenderOptions& options);

/// The text of the mark; empty for a render that is no shard, or of something that is no video.
/// Throws Error.
std::string ShardMarkText(const Avatar& avatar, const EngineInfo& engine, const FrameRange& job,
                          const FrameRange& range, const RenderOptions& options);

/// Makes the output of a shard without frames: of a video the file of its mark, else what the sink
/// makes of no frames.
void WriteEmptyShard(const SinkOptions& options, const StreamFormat& format);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_SHARD_JOB_H_
