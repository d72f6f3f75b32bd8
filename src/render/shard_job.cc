#include "render/shard_job.h"

#include "media/video_writer.h"
#include "mouthpiece/version.h"
#include "render/fingerprint.h"
#include "render/shard.h"
#include "render/shard_mark.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

bool IsVideo(const RenderOptions& options) {
  return ClassifyOutput(options.output, options.encode) == SinkKind::kVideo;
}

}  // namespace

FrameRange ResolveShard(const FrameRange& job, const RenderOptions& options) {
  if (!options.shard) return job;
  return ShardFrames(job, *options.shard, IsVideo(options) ? VideoWriter::kSegmentFrames : 1);
}

std::string ShardMarkText(const Avatar& avatar, const EngineInfo& engine, const FrameRange& job,
                          const FrameRange& range, const RenderOptions& options) {
  if (!options.shard || !IsVideo(options)) return {};
  ShardMark mark;
  mark.shard = *options.shard;
  mark.frames = range;
  mark.job = job;
  mark.frame_rate = avatar.frame_rate();
  mark.container = VideoSuffixOf(options.output);
  mark.avatar = AvatarFingerprint(avatar.package(), engine.model);
  mark.speech = SpeechFingerprint(avatar.package(), options);
  mark.settings = DescribeEncoding(options.output, options.encode, options.threads) + ", loop " +
                  ToString(options.loop) + ", resample " + ToString(options.resample) +
                  ", audio-window " + ToString(options.audio_window) + ", " + engine.description +
                  ", mouthpiece " + Version();
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
