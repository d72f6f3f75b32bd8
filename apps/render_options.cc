#include "render_options.h"

#include <algorithm>
#include <utility>

#include "choice.h"
#include "mouthpiece/error.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

/// --audio moves the mouth, unless --features do.
void ChooseDrive(const JobArguments& arguments, Job& job) {
  if (!arguments.features.empty()) {
    job.drive = FeatureFile{arguments.features};
    job.sound = arguments.audio;
    job.sound_track = arguments.audio_track;
  } else if (!arguments.audio.empty()) {
    job.drive = SpeechFile{arguments.audio, arguments.audio_track};
  }
}

/// "title=Good morning"
std::pair<std::string, std::string> ParseMetadata(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  throw Error(ErrorCode::kInvalidArgument,
              "expected KEY=VALUE such as title=Welcome, found \"" + text + "\"");
}

/// Errors of `parse` name the option.
template <typename Parse>
auto Named(const char* option, Parse parse, const std::string& text) {
  try {
    return parse(text);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(option) + ": " + error.what());
  }
}

bool IsSwitch(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

bool IsText(const CLI::Option& option) { return option.get_type_name().starts_with("TEXT"); }

const char* NameOf(JobField::Type type) {
  if (type == JobField::Type::kNumber) return "a number";
  return type == JobField::Type::kSwitch ? "true or false" : "a text";
}

JobField::Type TypeOf(const CLI::Option& option) {
  if (IsSwitch(option)) return JobField::Type::kSwitch;
  return IsText(option) ? JobField::Type::kText : JobField::Type::kNumber;
}

std::string OptionName(const std::string& key) {
  std::string name = "--" + key;
  std::ranges::replace(name, '_', '-');
  return name;
}

/// "--output, --audio ..."
std::string OptionsOf(const CLI::App& command) {
  std::string list;
  for (const CLI::Option* option : command.get_options()) {
    list += (list.empty() ? "" : ", ") + option->get_lnames().front();
  }
  return list;
}

bool IsOfAllJobs(const std::string& name) {
  CLI::App machine;
  MachineArguments arguments;
  machine.set_help_flag();
  AddMachineOptions(machine, arguments);
  for (const char* other : {"--jobs", "--resume", "--quiet"}) machine.add_flag(other);
  return machine.get_option_no_throw(name) != nullptr;
}

[[noreturn]] void Refuse(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

void Set(const JobField& field, JobArguments& arguments) {
  CLI::App line;
  line.set_help_flag();
  AddJobOptions(line, arguments);
  const std::string name = OptionName(field.key);
  CLI::Option* const option = line.get_option_no_throw(name);
  if (option == nullptr) {
    if (IsOfAllJobs(name)) Refuse(name + ": is the same for all jobs; give it beside --jobs");
    Refuse("\"" + field.key + "\": is no option of a job, which are " + OptionsOf(line));
  }
  const JobField::Type expected = TypeOf(*option);
  if (field.type != JobField::Type::kAny && field.type != expected) {
    Refuse(name + ": expected " + NameOf(expected) + ", found " + field.values.front());
  }
  if (field.values.size() != 1 && option->get_items_expected_max() <= 1) {
    Refuse(name + ": expected one value, found " + std::to_string(field.values.size()));
  }
  try {
    for (const std::string& value : field.values) {
      if (value.empty() || value.find('\0') != std::string::npos) {
        Refuse(name + ": expected a text, found one that is empty or holds a zero byte");
      }
      option->add_result(value);
    }
    option->run_callback();
  } catch (const CLI::ParseError& error) {
    Refuse(error.what());
  }
}

}  // namespace

void AddJobOptions(CLI::App& command, JobArguments& arguments) {
  Job& job = arguments.job;
  Output& output = arguments.output;
  command
      .add_option("-o,--output", output.name,
                  "x.mp4|.mkv|.mov|.webm|.avi video; x.gif|.webp animation; a folder or a "
                  "%05d.jpg/.png pattern: images; x.jpg|.png one frame; x.y4m, - for standard "
                  "output; null: nothing; hash: or hash:FILE checksums")
      ->option_text("OUT");
  command
      .add_option("--audio", arguments.audio,
                  "Speech that moves the mouth and is muxed into the video; any file FFmpeg reads, "
                  "- for standard input [the package's own features, no sound]")
      ->option_text("FILE");
  command
      .add_option("--audio-track", arguments.audio_track,
                  "Which of the audio tracks of --audio, from 1 [FFmpeg's choice]")
      ->option_text("N");
  command
      .add_option("--features", arguments.features,
                  "Audio features that move the mouth; --audio is then only muxed")
      ->option_text("FILE.npy|.bin");
  command.add_option("--frames", arguments.frames, "Output frames, half-open [all of the speech]")
      ->option_text("A:B");
  command
      .add_option(
          "--shard", arguments.shard,
          "Render only part I of N, I from 0 to N-1; mouthpiece join makes one video of all")
      ->option_text("I/N");
  AddChoice(command, "--loop", job.loop, "How output frames walk the avatar's");
  AddChoice(command, "--resample", job.resample, "How the face is fitted to its rectangle");
  AddChoice(command, "--audio-window", job.audio_window, "Features outside the speech");
  command.add_option("--codec", output.encode.codec, "Video encoder by libavcodec's name")
      ->option_text("NAME [libx264; libvpx-vp9 in .webm]");
  command.add_option("--crf", arguments.crf, "Constant quality, lower is better")
      ->check(CLI::Range(0, 63).description(""))
      ->option_text("N");
  command
      .add_option("--preset", output.encode.preset,
                  "Encoder preset; speed of libvpx-vp9 and libaom-av1")
      ->option_text("NAME");
  command.add_option("--bitrate", arguments.bitrate, "Average bits a second instead of --crf")
      ->option_text("RATE");
  command.add_option("--quality", output.encode.quality, "JPEG and WebP quality")
      ->option_text("1..100 [95]");
  command
      .add_option("--crop", arguments.crop,
                  "Show the largest part of that shape, or one of WxH pixels, around the face or "
                  "with its corner at x,y")
      ->option_text("9:16[@x,y]");
  command
      .add_option("--scale", arguments.scale,
                  "Size of the pictures, after --crop; -2 keeps their shape")
      ->option_text("WxH|-2:480");
  command
      .add_option("--key-out", arguments.key_out,
                  "Make a colour transparent, of hues up to SIMILARITY from it, 0 to 1")
      ->option_text("green|blue|#rrggbb[:0.7]");
  command
      .add_option("--background", output.background,
                  "What is seen where the avatar is transparent; a video starts over at its end")
      ->option_text("#rrggbb|FILE");
  command
      .add_option("--metadata", arguments.metadata,
                  "What a video says of itself: title=..., artist=...; repeatable")
      ->allow_extra_args(false)
      ->option_text("KEY=VALUE");
  command
      .add_option("--stats", output.stats, "Write the measurements as JSON; - for standard output")
      ->option_text("FILE.json");
  command.add_flag("--overwrite", output.overwrite, "Replace outputs that exist");
}

void AddPrepareOption(CLI::App& command, bool& prepare) {
  command.add_flag("--prepare", prepare,
                   "Prepare avatars that are not prepared first, as mouthpiece prepare does");
}

void AddDeviceOptions(CLI::App& command, std::string& device, std::string& memory) {
  command
      .add_option("--device", device,
                  "What runs the network and composites: the CPU, a GPU (vulkan:1 is the second, "
                  "vulkan:0,vulkan:1 are both), or what mouthpiece devices --measure found faster")
      ->option_text("cpu|vulkan|auto [cpu]");
  command
      .add_option("--device-memory", memory,
                  "For the faces of an avatar in a GPU's memory [a quarter of it, at most 1 GiB]")
      ->option_text("SIZE");
}

uint64_t ParseDeviceMemory(const std::string& text) {
  return text.empty() ? 0 : Named("--device-memory", ParseBytes, text);
}

void AddMachineOptions(CLI::App& command, MachineArguments& arguments) {
  Machine& machine = arguments.machine;
  AddChoice(command, "--cache", machine.cache, "Where source frames come from");
  command.add_option("--memory-budget", arguments.memory_budget, "For frames and buffers")
      ->option_text("SIZE [2GiB]");
  command.add_option("--chunk-frames", machine.chunk_frames, "Frames a chunk of --cache chunk")
      ->option_text("N [500]");
  command.add_option("--batch", machine.batch, "Frames a network call [by the machine]")
      ->option_text("N");
  command
      .add_option("--threads", machine.threads,
                  "Threads for each of decoding, network and encoding "
                  "[all cores]")
      ->option_text("N");
  AddChoice(command, "--precision", machine.precision, "Arithmetic of the network");
  AddPrepareOption(command, machine.prepare);
  AddChoice(command, "--engine", machine.engine, "What runs the network on the CPU");
  AddDeviceOptions(command, machine.device, arguments.device_memory);
}

void FinishJob(JobArguments& arguments) {
  Job& job = arguments.job;
  ChooseDrive(arguments, job);
  if (!arguments.frames.empty()) job.frames = Named("--frames", ParseFrames, arguments.frames);
  if (arguments.shard) job.shard = Named("--shard", ParseShard, *arguments.shard);
  if (!arguments.crop.empty()) arguments.output.crop = ParseCrop(arguments.crop);
  if (!arguments.scale.empty()) arguments.output.scale = ParseScale(arguments.scale);
  if (!arguments.key_out.empty()) arguments.output.key_out = ParseKeyOut(arguments.key_out);
  EncodeOptions& encode = arguments.output.encode;
  if (!arguments.bitrate.empty()) {
    encode.bitrate = Named("--bitrate", ParseBitrate, arguments.bitrate);
  }
  if (arguments.crf >= 0) encode.crf = arguments.crf;
  for (const std::string& text : arguments.metadata) {
    arguments.output.metadata.push_back(Named("--metadata", ParseMetadata, text));
  }
}

void FinishMachine(MachineArguments& arguments) {
  arguments.machine.memory_budget = Named("--memory-budget", ParseBytes, arguments.memory_budget);
  arguments.machine.device_memory = ParseDeviceMemory(arguments.device_memory);
}

std::vector<std::string> SetFields(const std::vector<JobField>& fields, JobArguments& arguments) {
  std::vector<std::string> problems;
  std::vector<std::string> names;
  for (const JobField& field : fields) {
    if (field.values.empty()) continue;
    const std::string name = OptionName(field.key);
    try {
      if (std::ranges::find(names, name) != names.end()) Refuse(name + ": is given twice");
      names.push_back(name);
      JobArguments alone;  // so that whatever its unit is refused for is this field's fault
      Set(field, alone);
      FinishJob(alone);
      Set(field, arguments);
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  }
  return problems;
}

}  // namespace mouthpiece::cli
