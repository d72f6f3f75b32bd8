#include "jobs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "interrupt.h"
#include "job_list.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "print_error.h"
#include "progress.h"

namespace mouthpiece::cli {
namespace {

constexpr int kBadInput = 2;
constexpr int kSomeFailed = 3;

/// A job and the line that it is of.
struct NumberedJobs {
  std::vector<int> lines;
  std::vector<RenderTask> tasks;
};

class Jobs {
 public:
  explicit Jobs(const JobsArguments& arguments)
      : arguments_(arguments), name_(arguments.list == "-" ? "standard input" : arguments.list) {}

  int Run() {
    JobList list = ReadJobList(arguments_.list);
    if (list.lines.empty() && list.problems.empty()) {
      throw Error(ErrorCode::kInvalidArgument, name_ + ": holds no jobs");
    }
    problems_ = std::move(list.problems);
    for (const JobLine& line : list.lines) AddJob(line);
    Renderer renderer(Avatar::Open(arguments_.avatar), arguments_.machine);
    const TaskCheck check = Check(renderer);
    if (!problems_.empty()) {
      PrintProblems();
      return kBadInput;
    }
    RenderAll(renderer, check.is_finished);
    if (!arguments_.quiet) PrintSummary();
    return failures_.empty() ? 0 : kSomeFailed;
  }

 private:
  std::string At(int line) const { return name_ + ":" + std::to_string(line) + ": "; }

  void AddJob(const JobLine& line) {
    JobArguments job = arguments_.common;
    for (std::string& problem : SetFields(line.fields, job)) {
      problems_.push_back({line.line, std::move(problem)});
    }
    FinishJob(job);
    if (std::ranges::find(line.fields, "output", &JobField::key) == line.fields.end()) {
      problems_.push_back({line.line, "--output: is missing"});
    }
    if (job.audio == "-" && arguments_.list == "-") {
      problems_.push_back({line.line, "--audio: standard input is the list of jobs"});
    }
    jobs_.lines.push_back(line.line);
    jobs_.tasks.push_back({std::move(job.job), std::move(job.output)});
  }

  TaskCheck Check(Renderer& renderer) {
    TaskCheckOptions options{.resume = arguments_.resume};
    if (arguments_.list != "-") options.inputs.emplace_back(arguments_.list);
    TaskCheck check = renderer.Check(jobs_.tasks, options, {.cancel = Interrupted()});
    for (TaskProblem& problem : check.problems) {
      const RenderTask& task = jobs_.tasks[problem.task];
      if (task.output.name.empty()) continue;  // which was said
      if (problem.other) {
        problem.message += " (line " + std::to_string(jobs_.lines[*problem.other]) + ")";
      }
      problems_.push_back({jobs_.lines[problem.task], std::move(problem.message)});
    }
    return check;
  }

  /// What is wrong with many lines, as an avatar without a network is, is said once.
  void PrintProblems() {
    std::ranges::stable_sort(problems_, {}, &LineProblem::line);
    std::map<std::string, size_t> times;
    for (const LineProblem& problem : problems_) ++times[problem.message];
    for (const LineProblem& problem : problems_) {
      const size_t same = std::exchange(times[problem.message], 0);
      if (same == 0) continue;
      PrintError(At(problem.line) + problem.message +
                 (same > 1 ? "; so it is in " + std::to_string(same - 1) + " more lines" : ""));
    }
  }

  void RenderAll(Renderer& renderer, const std::vector<bool>& is_finished) {
    const auto start = std::chrono::steady_clock::now();
    ProgressBar progress(arguments_.quiet);
    for (size_t i = 0; i < jobs_.tasks.size(); ++i) {
      if (is_finished[i]) {
        ++skipped_;
        continue;
      }
      try {
        progress.Begin(std::to_string(i + 1) + "/" + std::to_string(jobs_.tasks.size()) + " ");
        RenderOne(renderer, i, progress);
        progress.Clear();
      } catch (...) {
        progress.Clear();
        if (Interrupted()->load()) FailInterrupted(is_finished, i);
        AddFailure(i);
      }
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void RenderOne(Renderer& renderer, size_t number, ProgressBar& progress) {
    const auto& [job, output] = jobs_.tasks[number];
    Hooks hooks = HooksOf(progress);
    hooks.message = [&](const std::string& text) {  // many say the same, as that of a cache
      if (said_.insert(text).second) progress.Message(At(jobs_.lines[number]) + text);
    };
    const RenderStats stats = renderer.Render(job, output, hooks);
    ++done_;
    frames_ += stats.frames;
    if (arguments_.quiet) return;
    progress.Clear();
    std::fprintf(stderr, "  %zu/%zu %s: %lld frames in %.2f s\n", number + 1, jobs_.tasks.size(),
                 output.name.c_str(), static_cast<long long>(stats.frames), stats.wall_s);
  }

  /// The exception that is being handled ended job `number`.
  void AddFailure(size_t number) {
    std::string message;
    try {
      throw;
    } catch (const std::bad_alloc&) {
      message = "out of memory";
    } catch (const std::exception& error) {
      message = error.what();
    }
    failures_.push_back({jobs_.lines[number], message});
    PrintError(At(jobs_.lines[number]) + message);
  }

  [[noreturn]] void FailInterrupted(const std::vector<bool>& is_finished, size_t number) const {
    const auto left = std::count(is_finished.begin() + static_cast<std::ptrdiff_t>(number),
                                 is_finished.end(), false);
    std::string message = At(jobs_.lines[number]) + "cancelled; " + std::to_string(done_) +
                          " jobs are done, " + std::to_string(left) + " are left from this one on";
    if (!failures_.empty()) message += ", " + std::to_string(failures_.size()) + " failed";
    throw Error(ErrorCode::kCancelled, message + "; --resume goes on");
  }

  void PrintSummary() const {
    std::fprintf(stderr, "\n  %d jobs done, %zu failed", done_, failures_.size());
    if (arguments_.resume) std::fprintf(stderr, ", %d skipped, which were finished", skipped_);
    std::fprintf(stderr, ": %lld frames in %.2f s", static_cast<long long>(frames_), seconds_);
    if (seconds_ > 0 && frames_ > 0) {
      std::fprintf(stderr, ", %.1f fps", static_cast<double>(frames_) / seconds_);
    }
    std::fputc('\n', stderr);
    for (const LineProblem& failure : failures_) PrintError(At(failure.line) + failure.message);
  }

  const JobsArguments& arguments_;
  const std::string name_;
  NumberedJobs jobs_;
  std::vector<LineProblem> problems_;
  std::vector<LineProblem> failures_;
  std::set<std::string> said_;
  int done_ = 0;
  int skipped_ = 0;
  int64_t frames_ = 0;
  double seconds_ = 0;
};

}  // namespace

int RunJobs(const JobsArguments& arguments) { return Jobs(arguments).Run(); }

}  // namespace mouthpiece::cli
