// CPU time of a frame of the network by itself in each precision of the fused engine, on one
// thread.
//   network_speed MODEL.onnx [ROUNDS]
// The precisions take turns, frame by frame, so that what else the machine does meets all of them
// alike. Prints a Markdown table of medians.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "infer/engine.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

struct Candidate {
  const char* name = "";
  Precision precision = Precision::kF32;
  EngineKind kind = EngineKind::kFused;
  std::unique_ptr<Engine> engine = nullptr;
  std::vector<double> milliseconds = {};
};

double ProcessMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

void Fill(Engine& engine) {
  uint32_t state = 328;
  for (uint8_t& value : engine.visual(0, 0)) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<uint8_t>(state >> 24);
  }
  for (float& value : engine.audio(0, 0)) value = 0.5F;
}

void RunFrame(Engine& engine) {
  engine.Start(0, 1);
  engine.Wait(0);
}

double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void Run(const char* model, int rounds) {
  std::array<Candidate, 5> candidates{{{"f32"},
                                       {"bf16", Precision::kBf16},
                                       {"int8", Precision::kInt8},
                                       {"OpenVINO f32", Precision::kF32, EngineKind::kOpenVino},
                                       {"OpenVINO bf16", Precision::kBf16, EngineKind::kOpenVino}}};
  for (Candidate& candidate : candidates) {
    try {
      candidate.engine = CreateEngine({.model = model,
                                       .precision = candidate.precision,
                                       .batch = 1,
                                       .threads = 1,
                                       .requests = 1,
                                       .kind = candidate.kind});
    } catch (const Error& error) {
      std::fprintf(stderr, "%s: %s\n", candidate.name, error.what());
      continue;
    }
    Fill(*candidate.engine);
    for (int i = 0; i < 3; ++i) RunFrame(*candidate.engine);
  }
  if (!candidates[0].engine) throw Error(ErrorCode::kInvalidArgument, "no f32 to compare with");
  for (int round = 0; round < rounds; ++round) {
    for (Candidate& candidate : candidates) {
      if (!candidate.engine) continue;
      const double start = ProcessMilliseconds();
      RunFrame(*candidate.engine);
      candidate.milliseconds.push_back(ProcessMilliseconds() - start);
    }
  }
  const double baseline = Median(candidates[0].milliseconds);
  std::printf("| | ms of one thread | against f32 | engine |\n|---|---|---|---|\n");
  for (Candidate& candidate : candidates) {
    if (!candidate.engine) continue;
    const double median = Median(candidate.milliseconds);
    std::printf("| %s | %.2f | %.2f | %s |\n", candidate.name, median, baseline / median,
                candidate.engine->info().description.c_str());
  }
}

}  // namespace
}  // namespace mouthpiece

int main(int argc, char** argv) {
  const int rounds = argc == 3 ? std::atoi(argv[2]) : 50;
  if (argc < 2 || argc > 3 || rounds < 1) {
    std::fprintf(stderr, "usage: network_speed MODEL.onnx [ROUNDS]\n");
    return 2;
  }
  try {
    mouthpiece::Run(argv[1], rounds);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network_speed: %s\n", error.what());
    return 1;
  }
  return 0;
}
