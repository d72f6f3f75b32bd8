#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <tuple>

#include "commands.h"
#include "jobs.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "progress.h"
#include "render_options.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string avatar;
  JobArguments job;
  MachineArguments machine;
  std::string jobs;
  bool resume = false;
  bool quiet = false;
};

void PrintSummary(const RenderStats& stats, const std::string& output) {
  std::fprintf(stderr, "\n  %-12s %10s\n", "stage", "ms/frame");
  for (const StageStats& stage : stats.stages) {
    std::fprintf(stderr, "  %-12s %10.3f%s\n", stage.name.c_str(), stage.ms_per_frame,
                 stage.name == stats.bottleneck ? "  <- bottleneck" : "");
  }
  std::fprintf(stderr, "\n  %lld frames in %.2f s: %.1f fps", static_cast<long long>(stats.frames),
               stats.wall_s, stats.fps);
  if (stats.speech_wall_s > 0) std::fprintf(stderr, " (speech %.2f s)", stats.speech_wall_s);
  std::fputc('\n', stderr);
  std::fprintf(stderr, "  cache %s%s: %s, %s a frame; peak memory %s\n", ToString(stats.cache),
               stats.prepared.empty() ? "" : ", prepared",
               FormatBytes(static_cast<double>(stats.frame_store_bytes)).c_str(),
               FormatBytes(stats.bytes_per_frame).c_str(),
               FormatBytes(static_cast<double>(stats.peak_rss_bytes)).c_str());
  if (!stats.device_reason.empty()) {
    std::fprintf(stderr, "  device auto: %s\n", stats.device.c_str());
  }
  std::fprintf(stderr, "  %s, batch %d, %d in flight", stats.engine.c_str(), stats.batch,
               stats.requests);
  if (stats.threads > 0) std::fprintf(stderr, ", %d threads", stats.threads);
  const auto more = std::ranges::count(stats.device, ',');
  if (more > 0) std::fprintf(stderr, ", %d devices", static_cast<int>(more) + 1);
  std::fputc('\n', stderr);
  std::fprintf(stderr, "  %s\n", output.c_str());
}

[[noreturn]] void Refuse(const char* message) { throw Error(ErrorCode::kInvalidArgument, message); }

int RunOne(Arguments& arguments) {
  if (arguments.job.output.name.empty()) Refuse("--output is required (see mouthpiece --help)");
  if (arguments.resume) Refuse("--resume: goes with --jobs");
  FinishJob(arguments.job);
  const auto& [job, output] = std::tie(arguments.job.job, arguments.job.output);
  ProgressBar progress(arguments.quiet);
  RenderStats stats;
  try {
    Renderer renderer(Avatar::Open(arguments.avatar), arguments.machine.machine);
    stats = renderer.Render(job, output, HooksOf(progress));
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  if (!arguments.quiet && stats.frames > 0) PrintSummary(stats, output.name);
  return 0;
}

int RunMany(const Arguments& arguments) {
  const Output& output = arguments.job.output;
  if (!output.name.empty()) Refuse("--output: each line of --jobs gives its own");
  if (!output.stats.empty()) Refuse("--stats: each line of --jobs gives its own");
  JobArguments common = arguments.job;
  FinishJob(common);  // for what is wrong with it
  Machine machine = arguments.machine.machine;
  machine.keep_frames = true;
  return RunJobs({.avatar = arguments.avatar,
                  .list = arguments.jobs,
                  .common = arguments.job,
                  .machine = machine,
                  .resume = arguments.resume,
                  .quiet = arguments.quiet});
}

int RunRender(Arguments& arguments) {
  FinishMachine(arguments.machine);
  return arguments.jobs.empty() ? RunOne(arguments) : RunMany(arguments);
}

}  // namespace

std::function<int()> AddRenderCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("render", "Render an avatar speaking");
  command->add_option("avatar", arguments->avatar, "Avatar package (folder)")
      ->required()
      ->option_text("AVATAR");
  AddJobOptions(*command, arguments->job);
  command
      ->add_option("--jobs", arguments->jobs,
                   "Many renders instead of one: a JSON object a line, or CSV, with these options "
                   "by name; - for standard input")
      ->option_text("FILE.jsonl|.csv");
  command->add_flag("--resume", arguments->resume, "Leave out --jobs whose output is finished");
  AddMachineOptions(*command, arguments->machine);
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  return [arguments] { return RunRender(*arguments); };
}

}  // namespace mouthpiece::cli
