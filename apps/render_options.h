// The options of `render`, which a line of a list of jobs gives, too: one grammar for both.
#ifndef MOUTHPIECE_APPS_RENDER_OPTIONS_H_
#define MOUTHPIECE_APPS_RENDER_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "job_field.h"
#include "mouthpiece/options.h"

namespace mouthpiece::cli {

/// What is rendered and where it goes, as typed, before units are parsed.
struct JobArguments {
  Job job;
  Output output;
  std::string audio;
  int audio_track = 0;
  std::string features;
  std::string frames;
  std::optional<std::string> shard;
  std::string bitrate;
  std::string crop;
  std::string scale;
  std::string key_out;
  std::vector<std::string> metadata;
  int crf = -1;
};

/// What renders it.
struct MachineArguments {
  Machine machine;
  std::string memory_budget = "2GiB";
  std::string device_memory;
};

/// Each adds options to `command`, which write to what outlives it.
void AddJobOptions(CLI::App& command, JobArguments& arguments);
void AddMachineOptions(CLI::App& command, MachineArguments& arguments);
/// --prepare.
void AddPrepareOption(CLI::App& command, bool& prepare);
/// --device and --device-memory, which ParseDeviceMemory understands.
void AddDeviceOptions(CLI::App& command, std::string& device, std::string& memory);
/// Bytes; 0 where nothing was said. Throws Error (kInvalidArgument) that names the option.
uint64_t ParseDeviceMemory(const std::string& text);

/// Parses units and settles what moves the mouth. Throws Error (kInvalidArgument) that names the
/// option.
void FinishJob(JobArguments& arguments);
void FinishMachine(MachineArguments& arguments);

/// Gives `arguments`, which FinishJob has not seen, the values of `fields`; returns what is wrong
/// with them, a line each.
std::vector<std::string> SetFields(const std::vector<JobField>& fields, JobArguments& arguments);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_RENDER_OPTIONS_H_
