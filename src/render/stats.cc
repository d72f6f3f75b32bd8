#include "render/stats.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace mouthpiece {

uint64_t PeakResidentBytes() {
  // Not getrusage: its figure includes what the process was before exec.
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) {
      std::istringstream words(line.substr(6));
      uint64_t kilobytes = 0;
      words >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return 0;
}

std::string Bottleneck(std::span<const StageStats> stages) {
  const auto slowest = std::max_element(
      stages.begin(), stages.end(),
      [](const StageStats& a, const StageStats& b) { return a.ms_per_frame < b.ms_per_frame; });
  return slowest == stages.end() ? std::string() : slowest->name;
}

std::string StatsToJson(const RenderStats& stats, const Machine& machine, const Job& job,
                        const Output& output) {
  using Json = nlohmann::ordered_json;
  Json stages = Json::object();
  for (const StageStats& stage : stats.stages) {
    Json& entry = stages[stage.name] = {{"ms_per_frame", stage.ms_per_frame}};
    if (stage.cpu_ms_per_frame) entry["cpu_ms_per_frame"] = *stage.cpu_ms_per_frame;
  }
  Json config = {
      {"output", output.name},
      {"cache", ToString(stats.cache)},
      {"loop", ToString(job.loop)},
      {"batch", stats.batch},
      {"requests", stats.requests},
      {"threads", stats.threads},
      {"device", stats.device.empty() ? machine.device : stats.device},
      {"engine", stats.engine},
      {"precision", ToString(stats.precision)},
      {"resample", ToString(job.resample)},
      {"audio_window", ToString(job.audio_window)},
      {"memory_budget", machine.memory_budget},
      {"chunk_frames", stats.chunk_frames},
  };
  if (output.key_out) config["key_out"] = ToString(*output.key_out);
  if (!output.background.empty()) config["background"] = output.background;
  if (output.crop) config["crop"] = ToString(*output.crop);
  if (output.scale) config["scale"] = ToString(*output.scale);
  const Json document = {
      {"schema", "mouthpiece.stats/1"},
      {"frames", stats.frames},
      {"wall_s", stats.wall_s},
      {"fps", stats.fps},
      {"speech", {{"wall_s", stats.speech_wall_s}}},
      {"network", {{"wall_s", stats.network_wall_s}}},
      {"preload", {{"wall_s", stats.preload_wall_s}}},
      {"stages", stages},
      {"memory",
       {{"frame_store_bytes", stats.frame_store_bytes},
        {"bytes_per_frame", stats.bytes_per_frame},
        {"prepared", stats.prepared.string()},
        {"peak_rss_bytes", stats.peak_rss_bytes}}},
      {"bottleneck", stats.bottleneck},
      {"config", config},
  };
  // Paths need not be UTF-8: bytes that are not are replaced rather than refused.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mouthpiece
