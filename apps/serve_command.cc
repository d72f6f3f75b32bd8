#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "choice.h"
#include "commands.h"
#include "interrupt.h"
#include "mouthpiece/error.h"
#include "mouthpiece/serve.h"
#include "render_options.h"
#include "units.h"

namespace mouthpiece::cli {
namespace {

struct Arguments {
  ServeOptions options;
  std::string memory_budget;
  std::string device_memory;
  bool quiet = false;
};

int RunServe(Arguments& arguments) {
  ServeOptions& options = arguments.options;
  if (!arguments.memory_budget.empty()) options.memory_budget = ParseBytes(arguments.memory_budget);
  options.device_memory = ParseDeviceMemory(arguments.device_memory);
  if (options.avatars.empty() && options.avatar_folder.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "serve: expected an AVATAR or --avatars DIR, found neither");
  }
  if (!arguments.quiet) {
    options.log = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  }
  Server server(options);
  std::printf("listening on %s\n", server.address().c_str());
  std::fflush(stdout);
  server.Run(*Interrupted());
  return 0;
}

}  // namespace

std::function<int()> AddServeCommand(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  ServeOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("serve", "Speak live: a page and a protocol for avatars that answer");
  command->add_option("avatar", options.avatars, "Avatar packages")->option_text("AVATAR...");
  command
      ->add_option("--avatars", options.avatar_folder,
                   "Folder of which each package is served, loaded when it is asked for")
      ->option_text("DIR");
  command
      ->add_option("--listen", options.listen,
                   "Address and port; port 0 takes any that is free, and prints it")
      ->option_text("ADDRESS:PORT [" + options.listen + "]");
  command
      ->add_option("--token", options.token_file,
                   "File whose first line clients must know; needed where others than this machine "
                   "can reach the address")
      ->option_text("FILE");
  command->add_option("--tls-cert", options.tls_certificate, "PEM of the certificate and its chain")
      ->option_text("FILE");
  command->add_option("--tls-key", options.tls_key, "PEM of its key")->option_text("FILE");
  command
      ->add_option("--origin", options.origins,
                   "Origin of other pages that may use the server, as https://example.com")
      ->option_text("URL...");
  command->add_option("--threads", options.threads, "Threads that render [all cores]")
      ->check(CLI::Range(0, 1024).description(""))
      ->option_text("N");
  AddChoice(*command, "--precision", options.precision, "Arithmetic of the networks");
  AddPrepareOption(*command, options.prepare);
  AddDeviceOptions(*command, options.device, arguments->device_memory);
  command
      ->add_option("--memory-budget", arguments->memory_budget,
                   "Memory of the avatars that are loaded [4GiB]")
      ->option_text("SIZE");
  command->add_option("--max-sessions", options.max_sessions, "Sessions at a time")
      ->check(CLI::Range(1, 100000).description(""))
      ->option_text("N [256]");
  command
      ->add_option("--tts", options.tts,
                   "Program that reads text on its input and writes a sound file to its output")
      ->option_text("'COMMAND'");
  command->add_flag("--oversubscribe", options.oversubscribe,
                    "Refuse nobody who wants to speak, though all may become late");
  command->add_option("--record", options.record, "Folder for an MP4 of each session")
      ->option_text("DIR");
  command
      ->add_option("--push-to", options.push_to,
                   "Beginning of the URLs that clients may have sessions pushed to, as "
                   "rtmp://live.example/app; rtmp, srt, rtsp and udp")
      ->option_text("URL...");
  command->add_flag("--quiet", arguments->quiet, "Print nothing but the address and errors");
  return [arguments] { return RunServe(*arguments); };
}

}  // namespace mouthpiece::cli
