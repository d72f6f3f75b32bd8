#include "store/preload.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mouthpiece {
namespace {

/// Some of the frames of one part, worth a thread's while.
struct Task {
  FramePart part;
  size_t begin;  ///< Positions in the list of frames
  size_t end;
  int64_t cost;
};

/// What decoding one frame of `source` takes, in no unit: pixels, and what every picture costs.
int64_t FrameCost(const PictureSource& source) {
  return int64_t{source.width} * source.height + 20000;
}

/// Cuts each part's frames where decoding can start, into tasks of at least `least` cost.
std::vector<Task> PlanTasks(const Package& package, std::span<const int> frames, int threads) {
  int64_t total = 0;
  for (const FramePart part : kFrameParts) total += FrameCost(SourceOf(package, part));
  total *= static_cast<int64_t>(frames.size());
  // Small enough for an even end, large enough that opening a file for each does not matter.
  const int64_t least = threads == 1 ? total : total / (int64_t{8} * threads);

  std::vector<Task> tasks;
  for (const FramePart part : kFrameParts) {
    const PictureSource& source = SourceOf(package, part);
    const int64_t cost = FrameCost(source);
    const auto can_start_at = [&](int frame) {
      return !source.video || std::binary_search(source.video->keyframes.begin(),
                                                 source.video->keyframes.end(), frame);
    };
    Task task{part, 0, 0, 0};
    for (size_t i = 0; i < frames.size(); ++i) {
      if (task.cost >= least && can_start_at(frames[i])) {
        tasks.push_back(task);
        task = {part, i, i, 0};
      }
      task.end = i + 1;
      task.cost += cost;
    }
    if (task.end > task.begin) tasks.push_back(task);
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.cost > b.cost; });
  return tasks;
}

/// What the threads of one preload share.
class Work {
 public:
  Work(const PartContext& context, std::span<const int> frames, uint8_t* blocks,
       const PreloadOptions& options)
      : context_(context),
        frames_(frames),
        blocks_(blocks),
        options_(options),
        tasks_(PlanTasks(context.package, frames, options.threads)) {}

  void Run() {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < options_.threads; ++i) helpers.emplace_back([this] { Loop(); });
    Loop();
    helpers.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void Loop() {
    try {
      for (size_t i = next_task_++; i < tasks_.size(); i = next_task_++) Do(tasks_[i]);
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void Do(const Task& task) {
    PartReader reader(context_, task.part, 1, CancelToken(&stop_));
    for (size_t i = task.begin; i < task.end; ++i) {
      if (stop_) return;
      options_.cancel.ThrowIfCancelled();
      reader.Read(frames_[i], blocks_ + i * context_.layout.bytes());
      CountPart();
    }
  }

  void CountPart() {
    if (!options_.progress) return;
    std::lock_guard lock(mutex_);
    if (++parts_done_ % kFrameParts.size() == 0) {
      options_.progress(static_cast<int64_t>(parts_done_ / kFrameParts.size()),
                        static_cast<int64_t>(frames_.size()));
    }
  }

  const PartContext& context_;
  const std::span<const int> frames_;
  uint8_t* const blocks_;
  const PreloadOptions& options_;
  const std::vector<Task> tasks_;
  std::atomic<size_t> next_task_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  size_t parts_done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void Preload(const PartContext& context, std::span<const int> frames, uint8_t* blocks,
             const PreloadOptions& options) {
  Work(context, frames, blocks, options).Run();
}

}  // namespace mouthpiece
