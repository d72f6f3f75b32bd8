#include "infer/fused/fused_engine.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "infer/busy_clock.h"
#include "infer/fused/int8_worker.h"
#include "infer/fused/kernel_tables.h"
#include "infer/fused/packed_network.h"
#include "infer/fused/worker.h"
#include "infer/request_memory.h"
#include "infer/weights_keeper.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using fused::BFloat16;
using fused::Int8;

template <typename T>
constexpr Precision kPrecisionOf = std::is_same_v<T, Int8>    ? Precision::kInt8
                                   : std::is_same_v<T, float> ? Precision::kF32
                                                              : Precision::kBf16;

EngineInfo Describe(const EngineOptions& options, const Network& network, const char* kernels) {
  EngineInfo info;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  info.threads = options.threads > 0 ? std::min(options.threads, cores) : cores;
  info.batch = options.batch > 0 ? options.batch : 1;
  // One more than the threads can work on, so that they find work while a result is taken out.
  info.requests = options.requests > 0 ? options.requests : (info.threads - 1) / info.batch + 2;
  info.geometry = GeometryOfSide(network.side);
  info.audio_shape = network.audio_shape;
  info.model = options.model;
  info.description = std::string("fused ") + kernels;
  return info;
}

/// A request's memory and how far it is.
struct Request {
  std::vector<uint8_t> visual;
  std::vector<float> audio;
  std::vector<uint8_t> prediction;
  int waiting = 0;  ///< Frames not finished yet
};

template <typename T>
class FusedEngine final : public Engine {
 public:
  FusedEngine(const EngineOptions& options, std::shared_ptr<const fused::PackedNetwork<T>> packed,
              const fused::Kernels<T>& kernels)
      : packed_(std::move(packed)), info_(Describe(options, *packed_->network, kernels.name)) {
    info_.weights = packed_.get();
    info_.precision = kPrecisionOf<T>;
    const FrameSizes sizes(info_);
    const auto batch = static_cast<size_t>(info_.batch);
    requests_.resize(static_cast<size_t>(info_.requests));
    std::vector<RequestMemory> memory;
    for (Request& request : requests_) {
      request.visual.resize(batch * sizes.visual);
      request.audio.resize(batch * sizes.audio);
      request.prediction.resize(batch * sizes.prediction);
      memory.push_back({request.visual.data(), request.audio.data(), request.prediction.data()});
    }
    frames_ = RequestFrames(info_, std::move(memory));
    for (int i = 0; i < info_.threads; ++i) workers_.emplace_back(packed_->plan, kernels);
    for (fused::Worker<T>& worker : workers_) {
      threads_.emplace_back([this, &worker, kernels](const std::stop_token& stop) {
        const fused::KernelThread<T> ready(kernels);
        Work(worker, stop);
      });
    }
  }

  ~FusedEngine() override {
    for (std::jthread& thread : threads_) thread.request_stop();  // all, before one is waited for
  }

  const EngineInfo& info() const override { return info_; }
  std::span<uint8_t> visual(int request, int i) override { return frames_.visual(request, i); }
  std::span<float> audio(int request, int i) override { return frames_.audio(request, i); }
  std::span<const uint8_t> prediction(int request, int i) override {
    return frames_.prediction(request, i);
  }

  void Start(int request, int count) override {
    Request& started = requests_[frames_.StartIndex(request, count)];
    {
      const std::lock_guard lock(mutex_);
      if (started.waiting > 0) {
        throw Error(ErrorCode::kInternal,
                    "request " + std::to_string(request) + " was started while it was running");
      }
      started.waiting = count;
      for (int i = 0; i < count; ++i) queue_.emplace_back(request, i);
    }
    work_.notify_all();
  }

  void Wait(int request) override {
    Request& waited = requests_[frames_.Index(request)];
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return waited.waiting == 0; });
  }

  double busy_seconds() const override { return busy_.seconds(); }

 private:
  void Work(fused::Worker<T>& worker, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    // A wait with the token cannot miss the stop, which is requested without the mutex.
    while (work_.wait(lock, stop, [&] { return !queue_.empty(); }) && !stop.stop_requested()) {
      const auto [request, i] = queue_.front();
      queue_.pop_front();
      lock.unlock();
      busy_.Begin();
      worker.Run(frames_.visual(request, i), frames_.audio(request, i),
                 frames_.prediction(request, i));
      busy_.End();
      lock.lock();
      if (--requests_[frames_.Index(request)].waiting == 0) finished_.notify_all();
    }
  }

  const std::shared_ptr<const fused::PackedNetwork<T>> packed_;
  EngineInfo info_;
  BusyClock busy_;
  std::vector<Request> requests_;
  RequestFrames frames_;
  std::mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable finished_;
  std::deque<std::pair<int, int>> queue_;  // request, frame
  std::deque<fused::Worker<T>> workers_;
  std::vector<std::jthread> threads_;  // the last member: joined before what they use is gone
};

template <typename T>
FusedEngineOrReason Create(const EngineOptions& options, NetworkReader read,
                           const fused::Kernels<T>& kernels) {
  std::string obstacle;
  const auto load = [&] {
    return fused::LoadPackedNetwork<T>(options.model, read, kernels, obstacle);
  };
  auto packed = options.weights == nullptr ? load()
                                           : options.weights->Get<fused::PackedNetwork<T>>(
                                                 options.model.string() + " " + kernels.name, load);
  if (!packed) return {nullptr, obstacle};
  return {std::make_unique<FusedEngine<T>>(options, std::move(packed), kernels), ""};
}

}  // namespace

FusedEngineOrReason CreateFusedEngine(const EngineOptions& options, NetworkReader read) {
  FusedEngineOrReason created;
  created.reason = fused::WithKernels(options.precision, [&](const auto& kernels) {
    created = Create(options, read, kernels);
    return created.reason;
  });
  return created;
}

}  // namespace mouthpiece
