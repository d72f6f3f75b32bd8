#include "infer/fused/fused_audio_encoder.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "infer/fused/encoder_plan.h"
#include "infer/fused/encoder_worker.h"
#include "infer/fused/kernel_tables.h"
#include "infer/weights_keeper.h"
#include "network/read_onnx_encoder.h"

namespace mouthpiece {
namespace {

using fused::EncoderPlan;
using fused::EncoderWorker;

constexpr size_t kMostMemory = size_t{256} << 20;  // of a thread's values, and the weights
// Fewer are encoded sooner than another thread begins.
constexpr int kFewestForAThread = 2;

class FusedAudioEncoder final : public AudioEncoder {
 public:
  FusedAudioEncoder(const std::filesystem::path& path, std::shared_ptr<const EncoderPlan> plan,
                    int batch, int threads)
      : AudioEncoder(path),
        plan_(std::move(plan)),
        kernels_(fused::KernelTables<float>().front()),
        batch_(batch),
        windows_(static_cast<size_t>(batch) * WindowValues()),
        rows_(static_cast<size_t>(batch) * RowValues()) {
    workers_.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) workers_.emplace_back(*plan_, kernels_);
  }

  int batch() const override { return batch_; }
  std::span<float> windows() override { return {windows_.data(), windows_.size()}; }

 protected:
  std::span<const float> Encode(int count) override {
    const int threads = std::clamp(count / kFewestForAThread, 1, static_cast<int>(workers_.size()));
    const auto share = [&](int thread) {
      RunOn(workers_[static_cast<size_t>(thread)], count * thread / threads,
            count * (thread + 1) / threads);
    };
    {
      std::vector<std::jthread> others;
      for (int i = 1; i < threads; ++i) others.emplace_back(share, i);
      share(0);
    }
    return {rows_.data(), static_cast<size_t>(count) * RowValues()};
  }

 private:
  size_t WindowValues() const {
    const Extent& window = plan_->values.front().extent;
    return static_cast<size_t>(window.channels) * static_cast<size_t>(window.pixels());
  }
  size_t RowValues() const { return static_cast<size_t>(plan_->values.back().extent.channels); }

  void RunOn(EncoderWorker& worker, int begin, int end) {
    for (int first = begin; first < end; first += EncoderWorker::kMostWindows) {
      const auto count = static_cast<size_t>(std::min(EncoderWorker::kMostWindows, end - first));
      const auto from = static_cast<size_t>(first);
      worker.Run({windows_.data() + from * WindowValues(), count * WindowValues()},
                 {rows_.data() + from * RowValues(), count * RowValues()});
    }
  }

  const std::shared_ptr<const EncoderPlan> plan_;  ///< Perhaps shared with other encoders
  const fused::Kernels<float> kernels_;
  const int batch_;
  std::vector<float> windows_;
  std::vector<float> rows_;
  std::vector<EncoderWorker> workers_;
};

}  // namespace

FusedAudioEncoderOrReason CreateFusedAudioEncoder(const AudioEncoderOptions& options) {
  std::string reason;
  const auto make = [&]() -> std::shared_ptr<const EncoderPlan> {
    EncoderReading reading = ReadOnnxEncoder(options.model);
    reason = reading.obstacle;
    if (!reading.network) return nullptr;
    std::optional<EncoderPlan> plan =
        fused::PlanEncoder(std::move(*reading.network), EncoderWorker::kMostWindows, kMostMemory);
    if (!plan) reason = "too large";
    return plan ? std::make_shared<const EncoderPlan>(std::move(*plan)) : nullptr;
  };
  auto plan = options.weights == nullptr
                  ? make()
                  : options.weights->Get<EncoderPlan>(options.model.string() + " encoder", make);
  if (plan == nullptr) return {nullptr, reason};
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int batch = options.batch > 0 ? options.batch : kDefaultEncoderBatch;
  const int threads = std::clamp(batch / kFewestForAThread, 1,
                                 options.threads > 0 ? std::min(options.threads, cores) : cores);
  return {std::make_unique<FusedAudioEncoder>(options.model, std::move(plan), batch, threads), ""};
}

}  // namespace mouthpiece
