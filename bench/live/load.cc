// A load client of `mouthpiece serve`, for bench/live_load.py: one scenario, its figures as JSON.
//   live_load_client SCENARIO --port N [--speech FILE] [--sessions N] [--share X] [--count N]
//                    [--seconds X]
// FILE: samples of 16 bits, mono, 24 kHz. Only ever talks to the loopback.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include "scenarios.h"

namespace mouthpiece::bench {
namespace {

std::vector<int16_t> ReadSpeech(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) throw std::runtime_error(path + ": no samples");
  std::vector<int16_t> samples(bytes.size() / 2);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(static_cast<uint8_t>(bytes[2 * i]) |
                                      static_cast<uint8_t>(bytes[2 * i + 1]) << 8);
  }
  return samples;
}

Load ReadOptions(int argc, char** argv) {
  Load load;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--port") {
      load.port = std::stoi(value);
    } else if (name == "--speech") {
      load.speech = ReadSpeech(value);
    } else if (name == "--sessions") {
      load.sessions = std::stoi(value);
    } else if (name == "--share") {
      load.share = std::stod(value);
    } else if (name == "--count") {
      load.count = std::stoi(value);
    } else if (name == "--seconds") {
      load.seconds = std::stod(value);
    } else {
      throw std::runtime_error(name + " is no option");
    }
  }
  return load;
}

int Run(int argc, char** argv) {
  const std::map<std::string, nlohmann::json (*)(const Load&)> scenarios{
      {"latency", Latency}, {"interrupts", Interrupts}, {"capacity", Capacity},
      {"steady", Steady},   {"overload", Overload},     {"idle", Idle},
      {"churn", Churn}};
  const auto scenario = scenarios.find(argc > 1 ? argv[1] : "");
  if (scenario == scenarios.end()) {
    throw std::runtime_error(
        "expected a scenario: latency, interrupts, capacity, steady, overload, idle or churn");
  }
  std::printf("%s\n", scenario->second(ReadOptions(argc, argv)).dump().c_str());
  return 0;
}

}  // namespace
}  // namespace mouthpiece::bench

int main(int argc, char** argv) {
  try {
    return mouthpiece::bench::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live_load_client: %s\n", error.what());
    return 2;
  }
}
