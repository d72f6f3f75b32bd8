// Several renders, checked before the first of them.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "avatar/package_files.h"
#include "cluster/shard_job.h"
#include "device/open_device.h"
#include "media/sound.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "render/check_places.h"
#include "render/plan.h"
#include "render/render_into.h"
#include "speech/drive.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandardOutput = "standard output";

/// What stands for one place, by which others that are the same are found: its name without links,
/// and the file that has it.
std::vector<std::string> KeysOf(const fs::path& path) {
  struct stat found {};
  const bool is_there = ::stat(path.c_str(), &found) == 0;
  // Devices and pipes may be that of many.
  if (is_there && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) return {};
  std::error_code failed;
  const fs::path resolved = fs::weakly_canonical(fs::absolute(path), failed);
  std::vector<std::string> keys = {(failed ? path : resolved).string()};
  if (is_there) {
    // No path begins so.
    keys.push_back(std::string(":")
                       .append(std::to_string(found.st_dev))
                       .append(":")
                       .append(std::to_string(found.st_ino)));
  }
  return keys;
}

/// A place and what messages call it.
struct Place {
  std::string name;
  std::vector<std::string> keys;
};

std::vector<Place> PlacesOf(const OutputPlan& plan, const Output& output) {
  std::vector<Place> places;
  if (plan.pattern) {
    const std::vector<std::string> folder = KeysOf(fs::absolute(plan.pattern->folder / "."));
    const std::string images =
        std::string("/").append(plan.pattern->prefix).append("%").append(plan.pattern->suffix);
    places.push_back({output.name, {folder.empty() ? images : folder.front() + images}});
  } else if (!plan.file.empty()) {
    places.push_back({output.name, KeysOf(plan.file)});
  } else if (plan.kind != "null") {
    places.push_back({kStandardOutput, {kStandardOutput}});
  }
  if (output.stats == "-") {
    places.push_back({kStandardOutput, {kStandardOutput}});
  } else if (!output.stats.empty()) {
    places.push_back({output.stats.string(), KeysOf(output.stats)});
  }
  return places;
}

bool IsLater(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/// The youngest of some files.
struct Youngest {
  timespec time{};
  fs::path path;

  void Add(const fs::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
    if (!path.empty() && !IsLater(found.st_mtim, time)) return;
    time = found.st_mtim;
    path = file;
  }
};

/// The file that is there when the task is finished; none where that cannot be told.
std::optional<fs::path> FinishedFile(const OutputPlan& plan, const Job& job) {
  if (!plan.pattern) return plan.file.empty() ? std::nullopt : std::make_optional(plan.file);
  // Which the first image is depends on the speech's length.
  if (job.shard && !job.frames) return std::nullopt;
  const FrameRange frames = job.frames.value_or(FrameRange{});
  const FrameRange rendered = job.frames ? ResolveShard(frames, job.shard, plan) : frames;
  return plan.pattern->folder / plan.pattern->NameOf(rendered.begin);
}

class Checker {
 public:
  Checker(RenderContext& context, const TaskCheckOptions& options, CancelToken cancel)
      : context_(context),
        options_(options),
        cancel_(cancel),
        package_(PackageOf(*context.avatar)) {
    for (const fs::path& file : FilesOf(package_)) of_avatar_.Add(file);
  }

  TaskCheck Run(const std::vector<RenderTask>& tasks) {
    for (size_t i = 0; i < tasks.size(); ++i) {
      cancel_.ThrowIfCancelled();
      check_.is_finished.push_back(false);
      Try(i, [&] { CheckOne(i, tasks[i]); });
    }
    for (size_t i = 0; i < tasks.size(); ++i) CheckAgainstOthers(i, tasks[i]);
    std::ranges::stable_sort(check_.problems, {}, &TaskProblem::task);
    return std::move(check_);
  }

 private:
  void CheckOne(size_t number, const RenderTask& task) {
    const auto& [job, output] = task;
    CheckOptions(job, output);
    OutputPlan plan = PlanOutput(output);
    for (const Place& place : PlacesOf(plan, output)) TakePlace(number, place);
    if (options_.resume && IsFinished(plan, task)) {
      check_.is_finished.back() = true;
      return;
    }
    FitToFrames(plan, StreamFormatOf(package_), context_.avatar->rectangles());
    // Each by itself, so that all is named at once.
    Try(number, [&] { CheckDrive(plan, job); });
    Try(number, [&] {
      if (!job.sound.empty()) media::CheckSound(job.sound, job.sound_track, cancel_);
    });
    Try(number, [&] { CheckPlaces(context_, job, output, plan, cancel_); });
    Try(number, [&] {
      if (!plan.file.empty()) RefuseInput(plan.file, options_.inputs);
      if (!output.stats.empty()) RefuseInput(output.stats, options_.inputs);
    });
  }

  template <typename Check>
  void Try(size_t number, Check check) {
    try {
      check();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      check_.problems.push_back({number, error.code(), error.what()});
    }
  }

  void TakePlace(size_t number, const Place& place) {
    for (const std::string& key : place.keys) {
      const auto [taken, is_new] = places_.try_emplace(key, number);
      if (is_new || taken->second == number) continue;
      AddProblem(number, place.name + ": is the output of another job, too", taken->second);
      return;
    }
  }

  void CheckDrive(const OutputPlan& output, const Job& job) {
    const int threads = context_.machine.threads;
    if (const auto* speech = std::get_if<SpeechFile>(&job.drive)) {
      CheckSpeech(*context_.avatar, *speech, threads, context_.encoders.Get(), cancel_);
      Borrow(FeatureOrigin{kFeatureValues});
      return;
    }
    if (std::holds_alternative<ArrivingSpeech>(job.drive)) return;
    const Drive drive = OpenDrive(*context_.avatar, job.drive, Arriving::kAwait, threads,
                                  context_.encoders.Get(), cancel_, {});
    Borrow(drive.origin);
    PlanRender(*context_.avatar, context_.machine, job, output, drive);
  }

  void Borrow(const FeatureOrigin& features) {
    context_.devices.Get().Borrow(package_, DeviceSettingsOf(context_.machine), features);
  }

  /// Throws Error where the output is there, too old, and may not be replaced.
  bool IsFinished(const OutputPlan& plan, const RenderTask& task) {
    const std::optional<fs::path> file = FinishedFile(plan, task.job);
    struct stat found {};
    if (!file || ::stat(file->c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
    Youngest youngest = of_avatar_;
    for (const fs::path& input : InputsBesideAvatar(task.job, task.output)) youngest.Add(input);
    if (youngest.path.empty() || !IsLater(youngest.time, found.st_mtim)) return true;
    if (task.output.overwrite) return false;
    throw Error(ErrorCode::kInvalidArgument,
                file->string() + ": is older than " + youngest.path.string() +
                    ", so it is not taken for finished; --overwrite replaces it");
  }

  void CheckAgainstOthers(size_t number, const RenderTask& task) {
    for (const fs::path& input : InputsBesideAvatar(task.job, task.output)) {
      if (input == "-") {
        if (reads_standard_input_) {
          AddProblem(number, "-: standard input is read by another job, too",
                     reads_standard_input_);
        }
        reads_standard_input_ = number;
        continue;
      }
      for (const std::string& key : KeysOf(input)) {
        const auto found = places_.find(key);
        if (found == places_.end() || found->second == number) continue;
        AddProblem(number, input.string() + ": is read here and is the output of another job",
                   found->second);
        break;
      }
    }
  }

  void AddProblem(size_t number, std::string message, std::optional<size_t> other) {
    check_.problems.push_back({number, ErrorCode::kInvalidArgument, std::move(message), other});
  }

  RenderContext& context_;
  const TaskCheckOptions& options_;
  const CancelToken cancel_;
  const Package& package_;
  Youngest of_avatar_;
  std::map<std::string, size_t> places_;  ///< The task that writes to each
  std::optional<size_t> reads_standard_input_;
  TaskCheck check_;
};

}  // namespace

TaskCheck Renderer::Check(const std::vector<RenderTask>& tasks, const TaskCheckOptions& options,
                          const Hooks& hooks) {
  return Checker(*context_, options, CancelToken(hooks.cancel, &context_->cancellations))
      .Run(tasks);
}

}  // namespace mouthpiece
