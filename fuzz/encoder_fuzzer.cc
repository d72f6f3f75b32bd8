// Audio encoders from ONNX to the row of one window.
#include <algorithm>
#include <utility>
#include <vector>

#include "infer/fused/encoder_plan.h"
#include "infer/fused/encoder_worker.h"
#include "infer/fused/kernel_tables.h"
#include "memory_file.h"
#include "mutators.h"
#include "network/read_onnx_encoder.h"
#include "only_errors.h"
#include "protobuf_format.h"

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kProtobuf)

namespace mouthpiece::fuzz {
namespace {

constexpr size_t kMostBytes = size_t{32} << 20;
constexpr double kMostProducts = 5e7;  // what takes a fraction of a second

double ProductsOf(const EncoderNetwork& network) {
  double products = 0;
  for (const EncoderStep& step : network.steps) {
    products += static_cast<double>(step.convolution.weights.size()) * step.extent.pixels();
  }
  return products;
}

void Encode(const fused::EncoderPlan& plan) {
  const fused::Kernels<float> kernels = fused::KernelTables<float>().front();
  fused::EncoderWorker worker(plan, kernels);
  const Extent& window = plan.values.front().extent;
  const std::vector<float> values(static_cast<size_t>(window.channels * window.pixels()), 0.5F);
  std::vector<float> row(static_cast<size_t>(plan.values.back().extent.channels));
  worker.Run(values, row);
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile file("audio_encoder.onnx");
  file.Write({data, size});
  fuzz::OnlyErrors([&] {
    EncoderReading reading = ReadOnnxEncoder(file.path());
    fuzz::Require(reading.network.has_value() != !reading.obstacle.empty(),
                  "a network or a reason");
    if (!reading.network) {
      fuzz::Require(fuzz::IsOneLine(reading.obstacle), "a reason is one line");
      return;
    }
    const bool is_quick = fuzz::ProductsOf(*reading.network) < fuzz::kMostProducts;
    const auto plan = fused::PlanEncoder(std::move(*reading.network),
                                         fused::EncoderWorker::kMostWindows, fuzz::kMostBytes);
    if (plan && is_quick) fuzz::Encode(*plan);
  });
  return 0;
}
