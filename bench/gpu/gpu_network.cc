// A generator by itself on a GPU: its error against the CPU's f32, the time of a batch, of each
// kernel in it, and what the device can do at most.
//   gpu_network MODEL.onnx DEVICE half|float ROUNDS BATCH...
// Prints JSON for bench/gpu.py.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/timing.h"
#include "gpu/commands.h"
#include "gpu_batch.h"
#include "infer/engine.h"
#include "infer/fused/plan.h"
#include "infer/read_generator.h"
#include "infer/vulkan/operation_cost.h"
#include "infer/vulkan/vulkan_network.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using gpu::Buffer;
using gpu::BufferRange;
using gpu::MemoryKind;
using nlohmann::json;

constexpr uint32_t kRateCode[] = {
#include "rate.inc"
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Seconds of a recording's run, from its submission to its end.
double RunSeconds(gpu::Commands& commands) {
  const Clock::time_point start = Clock::now();
  commands.Submit();
  commands.Wait();
  return SecondsSince(start);
}

/// Bytes a second, read and written, of a copy in the device's memory.
double Bandwidth(gpu::Device& device, int rounds) {
  const size_t bytes = device.info().type == gpu::DeviceType::kCpu ? 32U << 20 : 512U << 20;
  const Buffer from(device, bytes, MemoryKind::kDevice, "a copy");
  const Buffer to(device, bytes, MemoryKind::kDevice, "a copy");
  gpu::Commands commands(device, 8);
  std::vector<double> seconds;
  for (int i = 0; i < rounds + 1; ++i) {
    commands.Begin();
    for (int k = 0; k < 4; ++k) commands.Copy(BufferRange(from), BufferRange(to));
    seconds.push_back(RunSeconds(commands) / 4);
  }
  return 2 * static_cast<double>(bytes) / Median({seconds.begin() + 1, seconds.end()});
}

/// Multiplications with their additions a second, of floats.
double Rate(gpu::Device& device, int rounds) {
  struct Push {
    int rounds;
    float factor;
  };
  const bool is_cpu = device.info().type == gpu::DeviceType::kCpu;
  const uint32_t groups = is_cpu ? 64 : 16384;
  const Push push{is_cpu ? 256 : 1024, 0.999F};
  const Buffer result(device, size_t{groups} * 256 * 16, MemoryKind::kDevice, "a result");
  const gpu::Kernel kernel(device, {.name = "rate",
                                    .code = kRateCode,
                                    .bindings = 1,
                                    .push_bytes = sizeof(Push),
                                    .constants = {}});
  gpu::Commands commands(device, 1);
  std::vector<double> seconds;
  for (int i = 0; i < rounds + 1; ++i) {
    commands.Begin();
    commands.Dispatch(kernel, {{BufferRange(result), gpu::Access::kWrite}}, push, {groups});
    seconds.push_back(RunSeconds(commands));
  }
  return 32.0 * push.rounds * 256 * groups / Median({seconds.begin() + 1, seconds.end()});
}

/// What a network is given for one frame.
struct Input {
  std::vector<uint8_t> visual;
  std::vector<float> window;
};

/// Slopes with some texture, as a face has them, and noise for sound.
Input MakeInput(const EngineInfo& info, std::mt19937& random) {
  const auto side = static_cast<size_t>(info.geometry.inner);
  const auto& [a, b, c] = info.audio_shape;
  Input input{std::vector<uint8_t>(6 * side * side),
              std::vector<float>(static_cast<size_t>(int64_t{a} * b * c))};
  for (size_t k = 0; k < input.visual.size(); ++k) {
    const size_t slope = (k % side + k / side % side) * 160 / (2 * side);
    input.visual[k] = static_cast<uint8_t>(40 + slope + random() % 16);
  }
  std::normal_distribution<float> feature(0, 1);
  for (float& value : input.window) value = feature(random);
  return input;
}

/// Mean and largest difference of a picture from what the CPU makes of the same.
json Difference(Engine& exact, const Input& input, const std::vector<uint8_t>& picture) {
  std::ranges::copy(input.visual, exact.visual(0, 0).begin());
  std::ranges::copy(input.window, exact.audio(0, 0).begin());
  exact.Start(0, 1);
  exact.Wait(0);
  const std::span<const uint8_t> expected = exact.prediction(0, 0);
  double sum = 0;
  int largest = 0;
  for (size_t k = 0; k < expected.size(); ++k) {
    const int difference = std::abs(picture[k] - expected[k]);
    sum += difference;
    largest = std::max(largest, difference);
  }
  return {{"mean", sum / static_cast<double>(expected.size())}, {"largest", largest}};
}

/// Medians of the times of each step that was recorded.
json StepMedians(const std::vector<std::vector<gpu::StepTime>>& runs,
                 const vulkan::VulkanNetwork& network, vulkan::Storage storage) {
  json steps = json::array();
  size_t operation = 0;
  for (size_t s = 0; !runs.empty() && s < runs.front().size(); ++s) {
    std::vector<double> seconds;
    for (const std::vector<gpu::StepTime>& run : runs) seconds.push_back(run[s].seconds);
    const std::string& name = runs.front()[s].name;
    json step = {{"name", name}, {"seconds", Median(seconds)}};
    if (name != "copy" && name != "fill") {
      const vulkan::OperationCost cost = vulkan::CostOf(network.operations()[operation++], storage);
      step["name"] = cost.name;
      step["bytes"] = cost.bytes * network.batch() + cost.weight_bytes;
      step["multiplications"] = cost.multiplications * network.batch();
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

json Measure(gpu::Device& device, const fused::Plan& plan, Engine& exact, int batch,
             vulkan::Storage storage, int rounds) {
  const vulkan::VulkanNetwork network(device, plan, {.storage = storage, .batch = batch});
  GpuBatch frames(device, network, exact.info().geometry.inner);
  std::mt19937 random(328);
  Input input;  // of the last frame
  for (int i = 0; i < frames.frames(); ++i) {
    input = MakeInput(exact.info(), random);
    frames.Set(i, input.visual, input.window);
  }
  std::vector<double> seconds;
  gpu::Commands commands(device, network.steps());
  for (int i = 0; i < rounds + 1; ++i) {
    frames.Record(commands);
    seconds.push_back(RunSeconds(commands));
  }
  std::vector<std::vector<gpu::StepTime>> runs;
  gpu::Commands timed(device, network.steps(), true);
  for (int i = 0; i < std::max(1, rounds / 4); ++i) {
    frames.Record(timed);
    RunSeconds(timed);
    runs.push_back(timed.StepTimes());
  }
  return {{"batch", network.batch()},
          {"seconds", Median({seconds.begin() + 1, seconds.end()})},
          {"error", Difference(exact, input, frames.Picture(frames.frames() - 1))},
          {"device_bytes", network.device_bytes()},
          {"fused_blocks", network.fused_blocks()},
          {"steps", StepMedians(runs, network, storage)}};
}

void Run(const char* model, int index, vulkan::Storage storage, int rounds,
         const std::vector<int>& batches) {
  const NetworkReading reading = ReadGenerator(model);
  const fused::Planning planning =
      reading.network ? fused::MakePlan(*reading.network) : fused::Planning{{}, reading.obstacle};
  if (!planning.plan) throw Error(ErrorCode::kUnsupported, model + (": " + planning.obstacle));
  const auto exact = CreateEngine({.model = model, .precision = Precision::kF32, .batch = 1});
  gpu::Device device(gpu::Instance::Open(), index);
  json result = {{"device", device.info().name},
                 {"driver", device.info().driver},
                 {"is_software", device.info().type == gpu::DeviceType::kCpu},
                 {"bytes_per_second", Bandwidth(device, rounds)},
                 {"multiplications_per_second", Rate(device, rounds)},
                 {"batches", json::array()}};
  for (const int batch : batches) {
    result["batches"].push_back(Measure(device, *planning.plan, *exact, batch, storage, rounds));
  }
  std::printf("%s\n", result.dump().c_str());
}

}  // namespace
}  // namespace mouthpiece

int main(int argc, char** argv) {
  const auto number = [&](int i) { return std::atoi(argv[i]); };
  const bool is_half = argc > 5 && std::strcmp(argv[3], "half") == 0;
  std::vector<int> batches;
  for (int i = 5; i < argc; ++i) batches.push_back(number(i));
  const bool is_batch = std::ranges::all_of(batches, [](int batch) { return batch > 0; });
  if (argc < 6 || number(4) < 1 || !is_batch || (!is_half && std::strcmp(argv[3], "float") != 0)) {
    std::fprintf(stderr, "usage: gpu_network MODEL.onnx DEVICE half|float ROUNDS BATCH...\n");
    return 2;
  }
  try {
    using mouthpiece::vulkan::Storage;
    mouthpiece::Run(argv[1], number(2), is_half ? Storage::kHalf : Storage::kFloat, number(4),
                    batches);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpu_network: %s\n", error.what());
    return 1;
  }
  return 0;
}
