#include <cstdio>
#include <memory>
#include <string>

#include "choice.h"
#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/import.h"
#include "progress.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  std::string dataset;
  std::string output;
  ImportOptions options;
  std::string model;
  std::string audio_encoder;
  bool quiet = false;
};

int RunImport(const Arguments& arguments) {
  ImportOptions options = arguments.options;
  options.model = arguments.model;
  options.audio_encoder = arguments.audio_encoder;
  ProgressBar progress(arguments.quiet);
  const Hooks hooks = HooksOf(progress);
  ImportReport report;
  try {
    report = ImportDataset(arguments.dataset, arguments.output, options, hooks);
  } catch (...) {
    progress.Clear();
    throw;
  }
  progress.Clear();
  for (const std::string& warning : report.warnings) progress.Message(warning);
  if (!arguments.quiet) {
    std::string kept;
    if (report.kept_frames > 0) {
      kept = ", pixels kept in " + std::to_string(report.kept_frames) + " of them";
    }
    std::fprintf(stderr, "  %s: %d frames%s\n", arguments.output.c_str(), report.frames,
                 kept.c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> AddImportCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("import", "Make an avatar package of a SyncTalk_2D training folder");
  command
      ->add_option("dataset", arguments->dataset,
                   "Folder with full_body_img/, landmarks/ and perhaps parsing/")
      ->required()
      ->option_text("DATASET");
  command->add_option("-o,--output", arguments->output, "Package to make")
      ->required()
      ->option_text("PACKAGE");
  command
      ->add_option("--model", arguments->model,
                   "Generator [the dataset's checkpoint/model_best.onnx]")
      ->option_text("MODEL.onnx");
  command
      ->add_option("--audio-encoder", arguments->audio_encoder,
                   "Audio encoder [the dataset's models/audio_encoder.onnx, if any]")
      ->option_text("ENCODER.onnx");
  AddChoice(*command, "--background", arguments->options.background,
            "Frames as one H.264 video, or as the dataset's own files, untouched");
  command->add_option("--crf", arguments->options.crf, "Quality of the videos; 0 is lossless")
      ->check(CLI::Range(0, 51).description(""))
      ->option_text("N [12]");
  command->add_option("--preset", arguments->options.preset, "Preset of x264")->option_text("NAME");
  command
      ->add_option("--threads", arguments->options.threads, "Threads of each encoder [its choice]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but errors");
  command->add_flag("--overwrite", arguments->options.overwrite,
                    "Replace a package that exists, once the new one is complete");
  return [arguments] { return RunImport(*arguments); };
}

}  // namespace mouthpiece::cli
