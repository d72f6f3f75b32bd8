#include "mouthpiece/render.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "base/timing.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "render/drive.h"
#include "render/network_keeper.h"
#include "render/options.h"
#include "render/pipeline.h"
#include "render/render_into.h"
#include "render/shard_job.h"
#include "render/stats.h"
#include "sink/jpeg_backgrounds.h"
#include "sink/sink.h"
#include "store/frame_store.h"

namespace mouthpiece {
namespace {

/// What there is to say, said once nothing can be refused any more: an error is the only line then.
using Messages = std::vector<std::string>;

void Report(const RenderHooks& hooks, RenderProgress::Phase phase, int64_t done, int64_t total) {
  if (hooks.progress) hooks.progress({phase, done, total});
}

/// The output frames to render, checked against the loop mode.
FrameRange ResolveRange(const Avatar& avatar, const Drive& drive, const RenderOptions& options,
                        Messages& messages) {
  const int64_t frames = avatar.frame_count();
  FrameRange range{0, drive.frames};
  if (options.frames) {
    range = *options.frames;
  } else if (options.loop == LoopMode::kNone) {
    range.end = std::min(range.end, frames);
  }
  if (range.end > std::max(drive.rows, drive.frames)) {
    messages.push_back(
        "frames " + std::to_string(std::max(range.begin, drive.rows)) + ":" +
        std::to_string(range.end) + " lie past the last of " + std::to_string(drive.rows) +
        " feature rows: they get " +
        (options.audio_window == AudioWindowMode::kZero ? "silence" : "the last row"));
  }
  if (options.loop == LoopMode::kNone && range.end > frames) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames: expected at most " + std::to_string(frames) +
                    " (the avatar's frames; --loop none does not start over), found " +
                    std::to_string(range.begin) + ":" + std::to_string(range.end));
  }
  return range;
}

/// Memory beside the frames' and the network's: the program with its libraries, and the frames
/// that encoders keep (libx264's lookahead, references and threads: some 90 were measured, and some
/// 35 more while one segment's encoder is emptied and the next one's fills).
uint64_t ReservedBytes(const RenderOptions& options, const Avatar& avatar) {
  constexpr uint64_t kProgram = uint64_t{40} << 20;
  constexpr uint64_t kVideoFrames = 128;
  constexpr uint64_t kImageFrames = 16;
  const uint64_t frame = PictureBytes(PixelFormat::kYuv420, avatar.width(), avatar.height());
  switch (ClassifyOutput(options.output, options.encode)) {
    case SinkKind::kVideo:
      return kProgram + kVideoFrames * frame;
    case SinkKind::kImages:
      return kProgram + kImageFrames * frame;
    case SinkKind::kRaw:
    case SinkKind::kNull:
    case SinkKind::kHash:
      return kProgram;
  }
  return kProgram;
}

StoreOptions StoreOptionsFor(const Avatar& avatar, const RenderOptions& options,
                             const RenderHooks& hooks) {
  StoreOptions store;
  store.mode = options.cache;
  store.chunk_frames = options.chunk_frames;
  store.memory_budget =
      options.memory_budget - std::min(options.memory_budget, ReservedBytes(options, avatar));
  store.threads = options.threads;
  store.message = hooks.message;
  return store;
}

/// Settles `auto` and holds the mode to the budget.
CacheChoice SettleCache(const Avatar& avatar, const RenderOptions& options, StoreOptions store,
                        int64_t frames, Messages& messages) {
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
    const uint64_t least = needed + ReservedBytes(options, avatar);
    throw Error(ErrorCode::kInvalidArgument,
                std::string("cache ") + ToString(choice.mode) + ": expected a memory budget of " +
                    std::to_string((least + kMebibyte - 1) / kMebibyte) + " MiB or more, found " +
                    std::to_string(options.memory_budget / kMebibyte) + " MiB");
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

/// Of shards, the first brings the sound of the whole job: a part of it could not be encoded so
/// that the parts meet.
SinkOptions SinkOptionsFor(const RenderOptions& options, const FrameRange& job,
                           const FrameRange& range, Rational rate, uint64_t memory_budget,
                           std::shared_ptr<JpegBackgrounds> backgrounds, const RenderHooks& hooks) {
  SinkOptions sink;
  sink.output = options.output;
  sink.encode = options.encode;
  // Sound that moves the mouth is of use to outputs that have none.
  const bool has_sound = ClassifyOutput(options.output, options.encode) == SinkKind::kVideo;
  if (has_sound || !IsDrivenByAudio(options)) sink.audio = options.audio;
  if (has_sound && range.begin > job.begin) sink.audio.clear();
  sink.audio_start_s = static_cast<double>(job.begin) / rate.value();
  sink.audio_duration_s = static_cast<double>(job.end - job.begin) / rate.value();
  sink.frame_count = range.end - range.begin;
  sink.first_frame = range.begin;
  sink.threads = options.threads;
  sink.overwrite = options.overwrite;
  sink.memory_budget = memory_budget;
  sink.backgrounds = std::move(backgrounds);
  sink.cancel = CancelToken(hooks.cancel);
  return sink;
}

}  // namespace

RenderStats Render(std::shared_ptr<const Avatar> avatar, const RenderOptions& options,
                   const RenderHooks& hooks) {
  return Renderer(std::move(avatar)).Render(options, hooks);
}

RenderStats RenderInto(const std::shared_ptr<const Avatar>& avatar, NetworkKeeper& networks,
                       const RenderOptions& options, const RenderHooks& hooks,
                       const SinkOpener& open_sink, FrameLender& lender) {
  CheckOptions(options);
  const CancelToken cancel(hooks.cancel);
  const Package& package = avatar->package();
  Report(hooks, RenderProgress::Phase::kOpening, 0, 0);
  Messages messages(avatar->warnings().begin(), avatar->warnings().end());

  // Everything that can be wrong is found before the slow part begins.
  Drive drive = OpenDrive(*avatar, options, cancel);
  const FrameRange job = ResolveRange(*avatar, drive, options, messages);
  const FrameRange range = ResolveShard(job, options);
  const FrameSequence sequence{options.loop, avatar->frame_count(), range};
  StoreOptions store_options = StoreOptionsFor(*avatar, options, hooks);
  std::shared_ptr<JpegBackgrounds> backgrounds;
  if (IsJpegOutput(options.output, options.encode)) {
    backgrounds = std::make_shared<JpegBackgrounds>(avatar->width(), avatar->height(),
                                                    options.encode.quality);
    store_options.keeper = backgrounds;
  }
  const CacheChoice cache = SettleCache(*avatar, options, store_options, sequence.size(), messages);
  store_options.mode = cache.mode;
  store_options.chunk_frames = cache.chunk_frames;
  if (cache.mode != CacheMode::kRam) backgrounds = nullptr;

  const NetworkKeeper::Loan backend = networks.Borrow(package, options, drive.row_size);
  cancel.ThrowIfCancelled();
  SinkOptions sink_options =
      SinkOptionsFor(options, job, range, avatar->frame_rate(),
                     SinkBudget(*avatar, store_options, sequence), backgrounds, hooks);
  sink_options.comment = ShardMarkText(*avatar, backend->info(), job, range, options);
  const StreamFormat format{avatar->width(), avatar->height(), avatar->frame_rate(), package.color};
  if (sequence.size() == 0) {
    WriteEmptyShard(sink_options, format);
    if (hooks.message) hooks.message("there are more shards than segments: nothing to render");
    return {};
  }
  const std::unique_ptr<Sink> sink = open_sink(sink_options, format);

  for (const std::string& message : messages) {
    if (hooks.message) hooks.message(message);
  }

  RenderStats stats;
  const Clock::time_point speech_start = Clock::now();
  const auto listening = [&](int64_t done, int64_t total) {
    Report(hooks, RenderProgress::Phase::kListening, done, total);
  };
  FinishDrive(drive, options, {.progress = listening, .cancel = hooks.cancel});
  stats.speech_wall_s = IsDrivenByAudio(options) ? SecondsSince(speech_start) : 0;

  const Clock::time_point start = Clock::now();
  lender.store = OpenFrameStore(avatar, store_options, sequence);
  const FrameStore* const store = lender.store.get();
  lender.reader = lender.store->Open({.sequence = sequence,
                                      .frames_in_flight = FramesInFlight(*backend.get(), *sink),
                                      .threads = options.threads,
                                      .cancel = cancel});
  const PipelineTimes times =
      RunPipeline({.reader = lender.reader.get(),
                   .backend = backend.get(),
                   .sink = sink.get(),
                   .features = drive.features.get(),
                   .rectangles = avatar->rectangles(),
                   .kept = &avatar->package().kept,
                   .first_frame = range.begin,
                   .frame_count = sequence.size(),
                   .audio_window = options.audio_window,
                   .cancel = cancel,
                   .progress = [&](int64_t done) {
                     Report(hooks, RenderProgress::Phase::kRendering, done, sequence.size());
                   }});
  sink->Finish();

  stats.frames = sequence.size();
  stats.wall_s = SecondsSince(start);
  stats.network_wall_s = backend.load_wall_s();
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
  stage("infer", {backend.busy_seconds(), {}});
  stage("composite", times.composite);
  stage("encode", sink_times.encode);
  stage("write", sink_times.write);
  stats.bottleneck = Bottleneck(stats.stages);
  stats.frame_store_bytes = store->peak_bytes();
  stats.bytes_per_frame = store->bytes_per_frame();
  stats.peak_rss_bytes = PeakResidentBytes();
  stats.cache = cache.mode;
  stats.cache_reason = cache.reason;
  const EngineInfo& engine = backend->info();
  stats.batch = engine.batch;
  stats.requests = engine.requests;
  stats.threads = engine.threads;
  stats.chunk_frames = cache.mode == CacheMode::kChunk ? cache.chunk_frames : 0;
  stats.engine = engine.description;
  stats.precision = engine.precision;
  return stats;
}

}  // namespace mouthpiece
