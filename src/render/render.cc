#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "base/freed_memory.h"
#include "base/timing.h"
#include "cluster/shard_job.h"
#include "media/sound.h"
#include "mouthpiece/error.h"
#include "prepare/prepare_for.h"
#include "render/check_places.h"
#include "render/pipeline.h"
#include "render/plan.h"
#include "render/render_into.h"
#include "render/stats.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "sink/target_file.h"
#include "speech/drive.h"
#include "speech/speech_stream_end.h"
#include "store/alpha_store.h"
#include "store/frame_store.h"

namespace mouthpiece {
namespace {

void Report(const Hooks& hooks, Progress::Phase phase, int64_t done, int64_t total) {
  if (hooks.progress) hooks.progress({phase, done, total});
}

/// Feature rows that the network hears at a time.
int64_t WindowRows(const EngineInfo& engine, int64_t row_size) {
  const auto& [a, b, c] = engine.audio_shape;
  return int64_t{a} * b * c / row_size;
}

/// Gives the output its sound, decoded. Of shards, the first brings the sound of the whole job: a
/// part of it could not be encoded so that the parts meet.
void AddSound(const Job& job, const Drive& drive, bool takes_sound, bool is_first_part,
              SinkJob& sink, std::vector<PlanMessage>& messages) {
  if (!takes_sound) {
    sink.sound = job.sound;  // which the sink refuses; sound that moves the mouth was of use
    return;
  }
  if (!is_first_part) return;
  sink.decoded_sound = drive.sound;
  if (sink.decoded_sound) return;
  if (job.sound_samples.samples) {
    sink.decoded_sound = std::make_shared<const media::Sound>(job.sound_samples, sink.cancel);
  } else if (!job.sound.empty()) {
    sink.decoded_sound =
        std::make_shared<const media::Sound>(job.sound, job.sound_track, sink.cancel);
  } else {
    return;
  }
  for (const std::string& warning : sink.decoded_sound->warnings()) {
    messages.push_back({warning, true});
  }
}

SinkJob SinkJobFor(const RenderContext& context, const Job& job, const OutputPlan& output,
                   RenderPlan& plan, const Drive& drive, const InputPaths& inputs,
                   CancelToken cancel) {
  const double rate = context.avatar->frame_rate().value();
  const FrameRange& frames = plan.job_frames;
  const FrameRange& range = plan.sequence.range;
  SinkJob sink;
  sink.sound_start_s = static_cast<double>(frames.begin) / rate;
  sink.sound_duration_s = static_cast<double>(frames.end - frames.begin) / rate;
  sink.frame_count = plan.sequence.size();
  sink.first_frame = range.begin;
  sink.threads = context.machine.threads;
  sink.memory_budget = plan.sink_budget;
  if (output.matte && !output.matte->key) {
    sink.alpha = OpenAlphaStore(context.avatar, plan.alpha_budget, cancel);
  }
  if (plan.store.mode == CacheMode::kRam) sink.backgrounds = plan.store.keeper;
  sink.inputs = inputs;
  sink.cancel = cancel;
  AddSound(job, drive, output.takes_sound, range.begin <= frames.begin, sink, plan.messages);
  return sink;
}

void AddStage(RenderStats& stats, const char* name, const StageTime& time) {
  const double to_ms_per_frame = 1e3 / static_cast<double>(stats.frames);
  StageStats& stage = stats.stages.emplace_back();
  stage.name = name;
  stage.ms_per_frame = time.wall_s * to_ms_per_frame;
  if (time.cpu_s) stage.cpu_ms_per_frame = *time.cpu_s * to_ms_per_frame;
}

/// Before the work, for a pipe may have nobody who reads it.
std::optional<TargetFile> OpenStats(const Output& options, const InputPaths& inputs) {
  if (options.stats.empty()) return std::nullopt;
  const std::filesystem::path file = options.stats == "-" ? std::filesystem::path() : options.stats;
  return std::make_optional<TargetFile>(file, OutputRules{options.overwrite, inputs});
}

void WriteStats(TargetFile& file, const RenderStats& stats, const Machine& machine, const Job& job,
                const Output& output) {
  file.writer().Write(StatsToJson(stats, machine, job, output));
  file.Finish();
}

/// Returns whether the frames were there from a render before.
bool OpenStore(RenderContext& context, const RenderPlan& plan, FrameOrigin& origin) {
  if (!context.machine.keep_frames) {
    origin.store = OpenFrameStore(context.avatar, plan.store, plan.sequence);
    return false;
  }
  StoreKeeper::Opened opened = context.stores.Get().Open(context.avatar, plan.store, plan.sequence);
  origin.store = std::move(opened.store);
  return opened.was_kept;
}

/// What is known of a render before its first frame.
RenderStats StatsOf(const RenderPlan& plan, const DeviceKeeper::Loan& device) {
  const EngineInfo& engine = device->info();
  RenderStats stats;
  stats.frames = plan.sequence.size();
  stats.cache = plan.store.mode;
  stats.cache_reason = plan.cache_reason;
  stats.chunk_frames = plan.store.mode == CacheMode::kChunk ? plan.store.chunk_frames : 0;
  stats.batch = engine.batch;
  stats.requests = engine.requests;
  stats.threads = engine.threads;
  stats.device = device.choice().name;
  stats.device_reason = device.choice().reason;
  stats.engine = engine.description;
  stats.precision = engine.precision;
  return stats;
}

/// The job, whose speech, if it still arrives, is listened to.
Job Listening(Job job) {
  if (auto* const speech = std::get_if<ArrivingSpeech>(&job.drive); speech != nullptr && *speech) {
    *speech = SpeechStreamEnd::Listen(*speech);
  }
  return job;
}

}  // namespace

RenderStats RenderInto(RenderContext& context, const Job& given, const Output& output_options,
                       const Hooks& hooks, const RenderRun& run, const SinkOpener& open_sink,
                       FrameOrigin& origin) {
  // First, so that who pushes speech learns of whatever ends the render.
  const Job job = Listening(given);
  const std::shared_ptr<const Avatar>& avatar = context.avatar;
  const Machine& machine = context.machine;
  const CancelToken cancel = run.cancel;
  const Package& package = PackageOf(*avatar);
  const StreamFormat format = StreamFormatOf(package);
  CheckOptions(job, output_options);
  Report(hooks, Progress::Phase::kOpening, 0, 0);

  // Everything that can be wrong is found before the slow part begins.
  OutputPlan fitted = PlanOutput(output_options);
  FitToFrames(fitted, StreamFormatOf(PackageOf(*context.avatar)), context.avatar->rectangles());
  const auto [output, inputs] =
      CheckPlaces(context, job, output_options, std::move(fitted), cancel);
  std::optional<TargetFile> stats_file = OpenStats(output_options, inputs);
  PrepareFor(*avatar, machine, cancel, hooks);
  // Before all of the speech is decoded, once it is known to be some.
  std::unique_ptr<const DeviceKeeper::Loan> loan;
  const auto borrow = [&](const FeatureOrigin& features) {
    if (loan) return;
    loan.reset(new DeviceKeeper::Loan(
        context.devices.Get().Borrow(package, DeviceSettingsOf(machine), features)));
  };
  const Clock::time_point listening_start = Clock::now();
  Drive drive = OpenDrive(*avatar, job.drive, run.arriving, machine.threads, context.encoders.Get(),
                          cancel, [&](int64_t done, int64_t total) {
                            borrow(kFeatureValues);
                            Report(hooks, Progress::Phase::kListening, done, total);
                          });
  const double loading_s = loan ? loan->load_wall_s() : 0;
  const double listening_s = drive.sound ? SecondsSince(listening_start) - loading_s : 0;
  RenderPlan plan = PlanRender(*avatar, machine, job, output, drive);
  plan.store.message = [&hooks](const std::string& text) { Warn(hooks, text); };
  borrow(drive.origin);
  const DeviceKeeper::Loan& device = *loan;
  cancel.ThrowIfCancelled();
  SinkJob sink_job = SinkJobFor(context, job, output, plan, drive, inputs, cancel);
  sink_job.comment = ShardMarkText({.package = package,
                                    .job = job,
                                    .output = output,
                                    .frames = plan.sequence.range,
                                    .job_frames = plan.job_frames,
                                    .threads = machine.threads,
                                    .model = device->info().model,
                                    .engine = device->info().description});
  if (plan.sequence.size() == 0) {
    WriteEmptyShard(output, sink_job, format);
    if (hooks.message) hooks.message("there are more shards than segments: nothing to render");
    if (stats_file) WriteStats(*stats_file, {}, machine, job, output_options);
    return {};
  }
  if (!device.choice().reason.empty()) {
    plan.messages.push_back(
        {"device auto: " + device.choice().name + ": " + device.choice().reason, false});
  }
  const std::unique_ptr<Sink> sink = open_sink(output, sink_job, format);
  // Not before: an error is the only line then.
  for (const PlanMessage& message : plan.messages) {
    if (message.is_warning) {
      Warn(hooks, message.text);
    } else if (hooks.message) {
      hooks.message(message.text);
    }
  }

  if (device.load_wall_s() > 0) GiveBackFreedMemory();  // of opening the avatar: some 10 MB
  const Clock::time_point start = Clock::now();
  const int64_t first_frame = plan.sequence.range.begin;
  const std::unique_ptr<WindowSource> windows = OpenWindows(
      drive, first_frame - WindowRows(device->info(), drive.origin.row_size) / 2, cancel);
  const bool were_kept = OpenStore(context, plan, origin);
  const double decoded_before = were_kept ? origin.store->decode_seconds() : 0;
  origin.matrix = MatrixOf(format.color.matrix);
  const FrameStore& store = *origin.store;
  origin.reader = origin.store->Open({.sequence = plan.sequence,
                                      .frames_in_flight = FramesInFlight(*device.get(), *sink),
                                      .threads = machine.threads,
                                      .cancel = cancel});
  const PipelineTimes times =
      RunPipeline({.reader = origin.reader.get(),
                   .device = device.get(),
                   .sink = sink.get(),
                   .windows = windows.get(),
                   .rectangles = avatar->rectangles(),
                   .kept = &package.kept,
                   .first_frame = first_frame,
                   .frame_count = plan.sequence.size(),
                   .ends_with_speech = drive.arriving != nullptr && !job.frames,
                   .audio_window = job.audio_window,
                   .resample = job.resample,
                   .cancel = cancel,
                   .progress = [&](int64_t done) {
                     Report(hooks, Progress::Phase::kRendering, done, plan.sequence.size());
                   }});
  sink->Finish();
  if (machine.keep_frames) context.stores.Get().Keep(origin.store, plan.sequence);

  RenderStats stats = StatsOf(plan, device);
  stats.frames = times.frames;
  stats.wall_s = SecondsSince(start);
  stats.fps = static_cast<double>(stats.frames) / stats.wall_s;
  stats.speech_wall_s = listening_s + windows->busy_seconds();
  stats.network_wall_s = device.load_wall_s();
  stats.preload_wall_s = were_kept ? 0 : store.preload_seconds();
  AddStage(stats, "decode", {store.decode_seconds() - decoded_before, {}});
  AddStage(stats, "prepare", times.prepare);
  AddStage(stats, "infer", {device.busy_seconds(), {}});
  AddStage(stats, "composite", times.composite);
  AddStage(stats, "encode", sink->times().encode);
  AddStage(stats, "write", sink->times().write);
  stats.bottleneck = Bottleneck(stats.stages);
  stats.frame_store_bytes = store.peak_bytes();
  stats.bytes_per_frame = store.bytes_per_frame();
  stats.prepared = store.prepared_file();
  stats.peak_rss_bytes = PeakResidentBytes();
  if (stats_file) WriteStats(*stats_file, stats, machine, job, output_options);
  return stats;
}

}  // namespace mouthpiece
