#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "base/timing.h"
#include "cluster/shard_job.h"
#include "mouthpiece/error.h"
#include "render/check_options.h"
#include "render/drive.h"
#include "render/pipeline.h"
#include "render/render_into.h"
#include "render/stats.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "store/frame_store.h"

namespace mouthpiece {
namespace {

/// What there is to say, said once nothing can be refused any more: an error is the only line then.
using Messages = std::vector<std::string>;

void Report(const Hooks& hooks, Progress::Phase phase, int64_t done, int64_t total) {
  if (hooks.progress) hooks.progress({phase, done, total});
}

/// The output frames to render, checked against the loop mode.
FrameRange ResolveRange(const Avatar& avatar, const Drive& drive, const Job& job,
                        Messages& messages) {
  const int64_t frames = avatar.frame_count();
  FrameRange range{0, drive.frames};
  if (job.frames) {
    range = *job.frames;
  } else if (job.loop == LoopMode::kNone) {
    range.end = std::min(range.end, frames);
  }
  if (range.end > std::max(drive.rows, drive.frames)) {
    messages.push_back("frames " + std::to_string(std::max(range.begin, drive.rows)) + ":" +
                       std::to_string(range.end) + " lie past the last of " +
                       std::to_string(drive.rows) + " feature rows: they get " +
                       (job.audio_window == AudioWindowMode::kZero ? "silence" : "the last row"));
  }
  if (job.loop == LoopMode::kNone && range.end > frames) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames: expected at most " + std::to_string(frames) +
                    " (the avatar's frames; --loop none does not start over), found " +
                    std::to_string(range.begin) + ":" + std::to_string(range.end));
  }
  return range;
}

/// Memory beside the frames' and the network's: the program with its libraries, and encoding.
uint64_t ReservedBytes(const OutputPlan& output, const Avatar& avatar) {
  constexpr uint64_t kProgram = uint64_t{40} << 20;
  return kProgram + EncoderBytes(output, avatar.width(), avatar.height());
}

StoreOptions StoreOptionsFor(const Avatar& avatar, const Machine& machine, const OutputPlan& output,
                             const Hooks& hooks) {
  StoreOptions store;
  store.mode = machine.cache;
  store.chunk_frames = machine.chunk_frames;
  store.memory_budget =
      machine.memory_budget - std::min(machine.memory_budget, ReservedBytes(output, avatar));
  store.threads = machine.threads;
  store.keeper = MakeBackgroundKeeper(output, avatar.width(), avatar.height());
  store.message = hooks.message;
  return store;
}

/// Settles `auto` and holds the mode to the budget, of which `reserved` is not the store's.
CacheChoice SettleCache(const Avatar& avatar, StoreOptions store, uint64_t reserved,
                        uint64_t memory_budget, int64_t frames, Messages& messages) {
  CacheChoice choice{store.mode, store.chunk_frames, ""};
  if (store.mode == CacheMode::kAuto) {
    choice = ChooseCacheMode(avatar, store, frames);
    choice.reason += " of the budget after what the program and the output need";
    messages.push_back(choice.reason);
  }
  store.chunk_frames = choice.chunk_frames;
  const uint64_t needed = EstimateStoreCost(avatar, choice.mode, store, frames).bytes;
  if (needed > store.memory_budget) {
    constexpr uint64_t kMebibyte = uint64_t{1} << 20;
    const uint64_t least = needed + reserved;
    throw Error(ErrorCode::kInvalidArgument,
                std::string("cache ") + ToString(choice.mode) + ": expected a memory budget of " +
                    std::to_string((least + kMebibyte - 1) / kMebibyte) + " MiB or more, found " +
                    std::to_string(memory_budget / kMebibyte) + " MiB");
  }
  return choice;
}

/// What the store leaves of the budget; nothing in the first pass, which shows no frame twice.
uint64_t SinkBudget(const Avatar& avatar, const StoreOptions& store,
                    const FrameSequence& sequence) {
  if (store.mode == CacheMode::kRam || sequence.range.end <= avatar.frame_count()) return 0;
  const uint64_t taken = EstimateStoreCost(avatar, store.mode, store, sequence.size()).bytes;
  return store.memory_budget - std::min(store.memory_budget, taken);
}

/// What the output has to know of the job, whose frames are `frames` in all and `range` here. Of
/// shards, the first brings the sound of the whole job: a part of it could not be encoded so that
/// the parts meet.
SinkJob SinkJobFor(const Job& job, const OutputPlan& output, const FrameRange& frames,
                   const FrameRange& range, Rational rate) {
  SinkJob sink;
  sink.sound = job.sound;
  // Sound that moves the mouth is of use to outputs that have none.
  if (output.takes_sound && sink.sound.empty()) sink.sound = SpeechOf(job);
  if (output.takes_sound && range.begin > frames.begin) sink.sound.clear();
  sink.sound_start_s = static_cast<double>(frames.begin) / rate.value();
  sink.sound_duration_s = static_cast<double>(frames.end - frames.begin) / rate.value();
  sink.frame_count = range.end - range.begin;
  sink.first_frame = range.begin;
  return sink;
}

}  // namespace

RenderStats RenderInto(RenderContext& context, const Job& job, const Output& output,
                       const Hooks& hooks, const SinkOpener& open_sink, FrameLender& lender) {
  CheckOutput(output);
  CheckJob(job);
  const std::shared_ptr<const Avatar>& avatar = context.avatar;
  const Machine& machine = context.machine;
  const CancelToken cancel(hooks.cancel);
  const Package& package = avatar->package();
  Report(hooks, Progress::Phase::kOpening, 0, 0);
  Messages messages(avatar->warnings().begin(), avatar->warnings().end());

  // Everything that can be wrong is found before the slow part begins.
  Drive drive = OpenDrive(*avatar, job, machine.threads, cancel);
  const FrameRange frames = ResolveRange(*avatar, drive, job, messages);
  const OutputPlan plan = PlanOutput(output);
  const FrameRange range = ResolveShard(frames, job.shard, plan);
  const FrameSequence sequence{job.loop, avatar->frame_count(), range};
  StoreOptions store_options = StoreOptionsFor(*avatar, machine, plan, hooks);
  const CacheChoice cache = SettleCache(*avatar, store_options, ReservedBytes(plan, *avatar),
                                        machine.memory_budget, sequence.size(), messages);
  store_options.mode = cache.mode;
  store_options.chunk_frames = cache.chunk_frames;

  const DeviceKeeper::Loan device =
      context.devices.Borrow(package, DeviceSettingsOf(machine), drive.row_size);
  cancel.ThrowIfCancelled();
  SinkJob sink_job = SinkJobFor(job, plan, frames, range, avatar->frame_rate());
  sink_job.threads = machine.threads;
  sink_job.memory_budget = SinkBudget(*avatar, store_options, sequence);
  if (cache.mode == CacheMode::kRam) sink_job.backgrounds = store_options.keeper;
  sink_job.cancel = cancel;
  sink_job.comment = ShardMarkText({.package = package,
                                    .job = job,
                                    .output = plan,
                                    .frames = range,
                                    .job_frames = frames,
                                    .threads = machine.threads,
                                    .model = device->info().model,
                                    .engine = device->info().description});
  const StreamFormat format{avatar->width(), avatar->height(), avatar->frame_rate(), package.color};
  if (sequence.size() == 0) {
    WriteEmptyShard(plan, sink_job, format);
    if (hooks.message) hooks.message("there are more shards than segments: nothing to render");
    return {};
  }
  const std::unique_ptr<Sink> sink = open_sink(plan, sink_job, format);

  for (const std::string& message : messages) {
    if (hooks.message) hooks.message(message);
  }

  RenderStats stats;
  const Clock::time_point speech_start = Clock::now();
  FinishDrive(drive, job, hooks);
  stats.speech_wall_s = SpeechOf(job).empty() ? 0 : SecondsSince(speech_start);

  const Clock::time_point start = Clock::now();
  lender.store = OpenFrameStore(avatar, store_options, sequence);
  const FrameStore* const store = lender.store.get();
  lender.reader = lender.store->Open({.sequence = sequence,
                                      .frames_in_flight = FramesInFlight(*device.get(), *sink),
                                      .threads = machine.threads,
                                      .cancel = cancel});
  const PipelineTimes times =
      RunPipeline({.reader = lender.reader.get(),
                   .device = device.get(),
                   .sink = sink.get(),
                   .features = drive.features.get(),
                   .rectangles = avatar->rectangles(),
                   .kept = &avatar->package().kept,
                   .first_frame = range.begin,
                   .frame_count = sequence.size(),
                   .audio_window = job.audio_window,
                   .resample = job.resample,
                   .cancel = cancel,
                   .progress = [&](int64_t done) {
                     Report(hooks, Progress::Phase::kRendering, done, sequence.size());
                   }});
  sink->Finish();

  stats.frames = sequence.size();
  stats.wall_s = SecondsSince(start);
  stats.network_wall_s = device.load_wall_s();
  stats.preload_wall_s = store->preload_seconds();
  stats.fps = static_cast<double>(stats.frames) / stats.wall_s;
  const SinkTimes sink_times = sink->times();
  const double to_ms_per_frame = 1e3 / static_cast<double>(stats.frames);
  const auto stage = [&](const char* name, const StageTime& time) {
    StageStats& added = stats.stages.emplace_back(name, time.wall_s * to_ms_per_frame);
    if (time.cpu_s) added.cpu_ms_per_frame = *time.cpu_s * to_ms_per_frame;
  };
  stage("decode", {store->decode_seconds(), {}});
  stage("prepare", times.prepare);
  stage("infer", {device.busy_seconds(), {}});
  stage("composite", times.composite);
  stage("encode", sink_times.encode);
  stage("write", sink_times.write);
  stats.bottleneck = Bottleneck(stats.stages);
  stats.frame_store_bytes = store->peak_bytes();
  stats.bytes_per_frame = store->bytes_per_frame();
  stats.peak_rss_bytes = PeakResidentBytes();
  stats.cache = cache.mode;
  stats.cache_reason = cache.reason;
  const EngineInfo& engine = device->info();
  stats.batch = engine.batch;
  stats.requests = engine.requests;
  stats.threads = engine.threads;
  stats.chunk_frames = cache.mode == CacheMode::kChunk ? cache.chunk_frames : 0;
  stats.engine = engine.description;
  stats.precision = engine.precision;
  return stats;
}

}  // namespace mouthpiece
