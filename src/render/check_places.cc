#include "render/check_places.h"

#include <string>
#include <utility>

#include "avatar/package.h"
#include "avatar/package_files.h"
#include "base/partial_output.h"
#include "cluster/shard_job.h"
#include "media/backdrop.h"
#include "mouthpiece/error.h"
#include "render/check_options.h"
#include "render/plan.h"
#include "sink/sink.h"

namespace mouthpiece {
namespace {

/// Frames of which it is known, before the speech is heard, that they will be rendered.
FrameRange KnownFrames(const Job& job) {
  if (job.shard) return {0, 0};  // which part it is depends on all
  return job.frames ? *job.frames : FrameRange{0, 1};
}

/// Finds what is wrong with an output while that costs nothing.
void CheckOutputPlace(const RenderContext& context, const Job& job, const OutputPlan& output,
                      const InputPaths& inputs, CancelToken cancel) {
  const FrameRange frames = KnownFrames(job);
  SinkJob sink;
  if (!output.takes_sound) sink.sound = job.sound;
  sink.frame_count = frames.end - frames.begin;
  sink.may_be_more = !job.frames;
  sink.first_frame = frames.begin;
  sink.threads = context.machine.threads;
  sink.inputs = inputs;
  sink.cancel = cancel;
  CheckSink(output, sink, StreamFormatOf(PackageOf(*context.avatar)));
}

void CheckStats(const Output& options, const OutputPlan& output, const InputPaths& inputs) {
  if (options.stats.empty()) return;
  if (!output.file.empty() && IsSamePlace(options.stats, output.file)) {
    throw Error(ErrorCode::kInvalidArgument, options.stats.string() +
                                                 ": is the output, too; choose another name for " +
                                                 "the statistics");
  }
  if (options.stats == "-") {
    const bool is_taken = output.file.empty() && !output.pattern && output.kind != "null";
    if (!is_taken) return;
    throw Error(ErrorCode::kInvalidArgument,
                "statistics: standard output is the frames'; give them a file's name");
  }
  PartialFile(options.stats, OutputRules{options.overwrite, inputs});
}

}  // namespace

InputPaths InputsBesideAvatar(const Job& job, const Output& output) {
  InputPaths inputs;
  if (const auto* speech = std::get_if<SpeechFile>(&job.drive)) inputs.push_back(speech->path);
  if (const auto* features = std::get_if<FeatureFile>(&job.drive)) {
    inputs.push_back(features->path);
    inputs.push_back(features->path.string() + ".json");
  }
  if (!job.sound.empty()) inputs.push_back(job.sound);
  if (!output.background.empty() && !ParseColor(output.background)) {
    inputs.emplace_back(output.background);
  }
  return inputs;
}

void CheckOptions(const Job& job, const Output& output) {
  CheckOutput(output);
  CheckJob(job);
}

CheckedPlaces CheckPlaces(const RenderContext& context, const Job& job, const Output& options,
                          OutputPlan output, CancelToken cancel) {
  CheckShardInputs(job, output);
  InputPaths inputs = FilesOf(PackageOf(*context.avatar));
  const InputPaths others = InputsBesideAvatar(job, options);
  inputs.insert(inputs.end(), others.begin(), others.end());
  CheckOutputPlace(context, job, output, inputs, cancel);
  CheckStats(options, output, inputs);
  return {std::move(output), std::move(inputs)};
}

}  // namespace mouthpiece
