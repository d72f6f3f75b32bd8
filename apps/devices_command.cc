#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/devices.h"
#include "mouthpiece/error.h"
#include "progress.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "mouthpiece.devices/1";

struct Arguments {
  std::string avatar;
  std::string devices;
  double seconds = MeasureOptions().seconds;
  bool json = false;
  bool quiet = false;
};

Json JsonOf(const DeviceDescription& device) {
  return {{"device", device.device},
          {"name", device.name},
          {"type", ToString(device.kind)},
          {"driver", device.driver},
          {"memory_bytes", device.memory_bytes},
          {"is_usable", device.is_usable},
          {"note", device.note}};
}

Json JsonOf(const DeviceSpeed& speed) {
  Json entry = JsonOf(speed.device);
  entry["fps"] = speed.fps;
  entry["frames"] = speed.frames;
  entry["batch"] = speed.batch;
  entry["engine"] = speed.engine;
  entry["problem"] = speed.problem;
  return entry;
}

std::string TextOf(const DeviceDescription& device) {
  std::string line = "  " + device.device;
  line.resize(std::max(line.size() + 2, size_t{13}), ' ');
  if (!device.is_usable && device.name.empty()) return line + device.note + "\n";
  line += device.name + ": " + ToString(device.kind);
  if (!device.driver.empty()) line += ", driver " + device.driver;
  if (device.memory_bytes > 0) {
    line += ", " + FormatBytes(static_cast<double>(device.memory_bytes));
  }
  return line + "\n             " + device.note + "\n";
}

std::string TextOf(const DeviceSpeed& speed) {
  std::string line = "  " + speed.device.device;
  line.resize(std::max(line.size() + 2, size_t{13}), ' ');
  if (!speed.problem.empty()) return line + speed.problem + "\n";
  char figures[64];
  std::snprintf(figures, sizeof(figures), "%.*f frames a second", speed.fps < 10 ? 2 : 0,
                speed.fps);
  return line + figures + ": " + speed.engine + ", batch " + std::to_string(speed.batch) + "\n";
}

template <typename Entry>
void Print(const std::vector<Entry>& entries, bool as_json) {
  std::string text;
  if (as_json) {
    Json document = {{"schema", kSchema}, {"devices", Json::array()}};
    for (const Entry& entry : entries) document["devices"].push_back(JsonOf(entry));
    text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    for (const Entry& entry : entries) text += TextOf(entry);
  }
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw Error(ErrorCode::kIo, std::string("standard output: cannot be written: ") +
                                    std::system_category().message(errno));
  }
}

/// "vulkan:0,vulkan:1"
std::vector<std::string> NamesOf(const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    names.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

int RunMeasure(const Arguments& arguments) {
  ProgressBar progress(arguments.quiet);
  const Hooks hooks = HooksOf(progress);
  const std::vector<DeviceSpeed> speeds =
      MeasureDevices(Avatar::Open(arguments.avatar),
                     {.devices = NamesOf(arguments.devices), .seconds = arguments.seconds}, hooks);
  Print(speeds, arguments.json);
  for (const DeviceSpeed& speed : speeds) {
    if (!speed.problem.empty()) return 2;
  }
  return 0;
}

int RunDevices(const Arguments& arguments) {
  if (!arguments.avatar.empty()) return RunMeasure(arguments);
  if (!arguments.devices.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "--device: goes with --measure");
  }
  Print(Devices(), arguments.json);
  return 0;
}

}  // namespace

std::function<int()> AddDevicesCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("devices", "List what --device can be on this machine, or measure it");
  command
      ->add_option("--measure", arguments->avatar,
                   "Measure network and compositing of this avatar on the CPU and each GPU, and "
                   "remember it for --device auto")
      ->option_text("AVATAR");
  command
      ->add_option("--device", arguments->devices,
                   "With --measure: these beside the CPU, with commas between [each real GPU]")
      ->option_text("vulkan:N");
  command->add_option("--seconds", arguments->seconds, "With --measure: for each device")
      ->check(CLI::Range(0.1, 600.0).description(""))
      ->option_text("N [3]");
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but the results and errors");
  return [arguments] { return RunDevices(*arguments); };
}

}  // namespace mouthpiece::cli
