#include "cluster/shard_job.h"

#include "cluster/fingerprint.h"
#include "cluster/shard.h"
#include "cluster/shard_mark.h"
#include "media/video_writer.h"
#include "mouthpiece/version.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

bool IsVideo(const Output& output) {
  return ClassifyOutput(output.name, output.encode) == SinkKind::kVideo;
}

}  // namespace

FrameRange ResolveShard(const FrameRange& frames, const Job& job, const Output& output) {
  if (!job.shard) return frames;
  return ShardFrames(frames, *job.shard, IsVideo(output) ? VideoWriter::kSegmentFrames : 1);
}

std::string ShardMarkText(const ShardMarkParts& parts) {
  const auto& [avatar, engine, job, output, frames, range, threads] = parts;
  if (!job.shard || !IsVideo(output)) return {};
  ShardMark mark;
  mark.shard = *job.shard;
  mark.frames = range;
  mark.job = frames;
  mark.frame_rate = avatar.frame_rate();
  mark.container = VideoSuffixOf(output.name);
  mark.avatar = AvatarFingerprint(avatar.package(), engine.model);
  mark.speech = SpeechFingerprint(avatar.package(), job);
  mark.settings = DescribeEncoding(output.name, output.encode, threads) + ", loop " +
                  ToString(job.loop) + ", resample " + ToString(job.resample) + ", audio-window " +
                  ToString(job.audio_window) + ", " + engine.description + ", mouthpiece " +
                  Version();
  return ToText(mark);
}

void WriteEmptyShard(const SinkOptions& options, const StreamFormat& format) {
  if (options.comment.empty()) {
    OpenSink(options, format)->Finish();
    return;
  }
  TargetFile file(options.output, options.overwrite);
  file.writer().Write(options.comment);
  file.Finish();
}

}  // namespace mouthpiece
