#include "render/plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "avatar/package.h"
#include "cluster/shard_job.h"
#include "mouthpiece/error.h"
#include "store/alpha_store.h"
#include "store/prepared_backgrounds.h"

namespace mouthpiece {
namespace {

using Messages = std::vector<PlanMessage>;

/// The output frames of the job, checked against the loop mode.
FrameRange ResolveRange(const Avatar& avatar, const Drive& drive, const Job& job,
                        Messages& messages) {
  const int64_t frames = avatar.frame_count();
  FrameRange range{0, drive.frames};
  if (job.frames) {
    range = *job.frames;
  } else if (job.loop == LoopMode::kNone && drive.arriving) {
    range.end = std::min(range.end, frames);
  } else if (job.loop == LoopMode::kNone && range.end > frames) {
    if (drive.sound) {
      throw Error(ErrorCode::kInvalidArgument,
                  "speech: expected at most " + std::to_string(frames) +
                      " (the avatar's frames; --loop none does not start over), found " +
                      std::to_string(drive.frames) + "; --frames says which part to render");
    }
    messages.push_back({"the features are for " + std::to_string(drive.frames) +
                            " frames, of which --loop none renders the avatar's " +
                            std::to_string(frames),
                        true});
    range.end = frames;
  }
  if (range.end > std::max(drive.rows, drive.frames)) {
    messages.push_back(
        {"frames " + std::to_string(std::max(range.begin, drive.rows)) + ":" +
             std::to_string(range.end) + " lie past the last of " + std::to_string(drive.rows) +
             " feature rows: they get " +
             (job.audio_window == AudioWindowMode::kZero ? "silence" : "the last row"),
         false});  // as was asked for
  }
  if (job.loop == LoopMode::kNone && range.end > frames) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames: expected at most " + std::to_string(frames) +
                    " (the avatar's frames; --loop none does not start over), found " +
                    std::to_string(range.begin) + ":" + std::to_string(range.end));
  }
  return range;
}

/// Whether a warning says that the transparency of the frames is left out.
bool TellsOfTransparency(const Avatar& avatar, const std::string& warning) {
  const std::string path = PackageOf(avatar).full_body.path.string();
  return warning.starts_with(path) &&
         warning.find("transparency", path.size()) != std::string::npos;
}

/// Memory beside the frames' and the network's: the program with its libraries, and encoding.
uint64_t ReservedBytes(const OutputPlan& output, const Avatar& avatar) {
  constexpr uint64_t kProgram = uint64_t{40} << 20;
  return kProgram + EncoderBytes(output, avatar.width(), avatar.height());
}

/// Settles `auto` and holds the mode to the budget, of which `reserved` is not the store's.
void SettleCache(const Avatar& avatar, uint64_t memory_budget, uint64_t reserved, bool needs_alpha,
                 RenderPlan& plan) {
  const int64_t frames = plan.sequence.size();
  StoreOptions& store = plan.store;
  store.memory_budget = memory_budget - std::min(memory_budget, reserved);
  if (store.mode == CacheMode::kAuto) {
    CacheChoice choice = ChooseCacheMode(avatar, store, frames);
    store.mode = choice.mode;
    store.chunk_frames = choice.chunk_frames;
    plan.cache_reason =
        std::move(choice.reason) + " of the budget after what the program and the output need";
    plan.messages.push_back({plan.cache_reason, false});
  }
  const uint64_t needed = EstimateStoreCost(avatar, store.mode, store, frames).bytes;
  if (needed > store.memory_budget) {
    constexpr uint64_t kMebibyte = uint64_t{1} << 20;
    const uint64_t least = needed + reserved;
    throw Error(ErrorCode::kInvalidArgument,
                std::string("cache ") + ToString(store.mode) + ": expected a memory budget of " +
                    std::to_string((least + kMebibyte - 1) / kMebibyte) + " MiB or more, found " +
                    std::to_string(memory_budget / kMebibyte) + " MiB");
  }
  uint64_t left = store.memory_budget - needed;
  if (needs_alpha) {
    plan.alpha_budget = left / 2;
    left -= plan.alpha_budget;
  }
  // In the first pass no frame is shown twice, so there is nothing to keep.
  if (store.mode != CacheMode::kRam && plan.sequence.range.end > avatar.frame_count()) {
    plan.sink_budget = left;
  }
}

}  // namespace

StreamFormat StreamFormatOf(const Package& package) {
  StreamFormat format;
  format.width = package.full_body.width;
  format.height = package.full_body.height;
  format.frame_rate = package.frame_rate;
  format.color = package.color;
  format.has_alpha = HasAlpha(package);
  if (const std::optional<VideoIndex>& video = package.full_body.video) {
    format.sample_aspect = video->properties.sample_aspect;
    format.field_order = FieldsWhenDecoded(video->properties);
  }
  return format;
}

RenderPlan PlanRender(const Avatar& avatar, const Machine& machine, const Job& job,
                      const OutputPlan& output, const Drive& drive) {
  RenderPlan plan;
  for (const std::string& warning : avatar.warnings()) {
    if (!output.matte || !TellsOfTransparency(avatar, warning)) {
      plan.messages.push_back({warning, true});
    }
  }
  if (output.key_out && !output.matte) {
    plan.messages.push_back(
        {output.name + ": cannot be transparent, so --key-out changes nothing; .webm, "
                       ".png, .webp and --codec prores_ks in a .mov can, and --background "
                       "puts something behind it",
         true});
  }
  if (drive.sound) {
    for (const std::string& warning : drive.sound->warnings()) {
      plan.messages.push_back({warning, true});
    }
  }
  plan.job_frames = ResolveRange(avatar, drive, job, plan.messages);
  plan.sequence = {job.loop, avatar.frame_count(),
                   ResolveShard(plan.job_frames, job.shard, output)};
  plan.store = StoreOptionsFor(avatar, machine);
  const Package& package = PackageOf(avatar);
  plan.store.keeper = MakeBackgroundKeeper(output, StreamFormatOf(package));
  if (plan.store.keeper) {
    plan.store.backgrounds = PreparedBackgrounds::Find(package, plan.store.keeper->FormName());
  }
  SettleCache(avatar, machine.memory_budget, ReservedBytes(output, avatar),
              output.matte && !output.matte->key, plan);
  return plan;
}

}  // namespace mouthpiece
