#include "cluster/shard_job.h"

#include "cluster/fingerprint.h"
#include "cluster/shard.h"
#include "cluster/shard_mark.h"
#include "mouthpiece/error.h"
#include "mouthpiece/version.h"
#include "sink/target_file.h"

namespace mouthpiece {

FrameRange ResolveShard(const FrameRange& frames, const std::optional<Shard>& shard,
                        const OutputPlan& output) {
  return shard ? ShardFrames(frames, *shard, output.segment_frames) : frames;
}

void CheckShardInputs(const Job& job, const OutputPlan& output) {
  if (job.shard && std::holds_alternative<ArrivingSpeech>(job.drive)) {
    throw Error(ErrorCode::kInvalidArgument,
                "shard: expected speech that is finished, found speech that still arrives");
  }
  if (job.shard && !output.metadata.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                output.name + ": metadata: shards have their own, which tells join what they are");
  }
  const auto* speech = std::get_if<SpeechFile>(&job.drive);
  const std::filesystem::path& sound = speech != nullptr ? speech->path : job.sound;
  std::error_code ignored;
  if (!job.shard || !output.takes_comment || sound.empty() ||
      std::filesystem::is_regular_file(sound, ignored) ||
      !(sound == "-" || std::filesystem::exists(sound, ignored))) {
    return;
  }
  throw Error(ErrorCode::kBadMedia, sound.string() +
                                        ": expected a file, which shards are told apart by, " +
                                        "found a folder, pipe or device");
}

std::string ShardMarkText(const ShardRender& render) {
  const Job& job = render.job;
  if (!job.shard || !render.output.takes_comment) return {};
  ShardMark mark;
  mark.shard = *job.shard;
  mark.frames = render.frames;
  mark.job = render.job_frames;
  mark.frame_rate = render.package.frame_rate;
  mark.container = render.output.container;
  mark.avatar = AvatarFingerprint(render.package, render.model);
  mark.speech = SpeechFingerprint(render.package, job);
  mark.settings = DescribeEncoding(render.output, render.threads) + ", loop " + ToString(job.loop) +
                  ", resample " + ToString(job.resample) + ", audio-window " +
                  ToString(job.audio_window) + ", " + render.engine + ", mouthpiece " + Version();
  const std::shared_ptr<const Matte>& matte = render.output.matte;
  if (matte && matte->backdrop && matte->backdrop->is_file()) {
    mark.settings += ", background " + FileFingerprint(render.output.background);
  }
  return ToText(mark);
}

void WriteEmptyShard(const OutputPlan& output, const SinkJob& job, const StreamFormat& format) {
  if (job.comment.empty()) {
    OpenSink(output, job, format)->Finish();
    return;
  }
  TargetFile file(output.file, {output.overwrite, job.inputs});
  file.writer().Write(job.comment);
  file.Finish();
}

}  // namespace mouthpiece
