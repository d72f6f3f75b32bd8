// Engine on this project's own kernels: blocks of three convolutions run as one, a few rows at a
// time, so that the tensor between them, twice as wide as the rest, never leaves the cache.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "infer/busy_clock.h"
#include "infer/engine.h"
#include "infer/fused/amx.h"
#include "infer/fused/worker.h"
#include "infer/openvino/read_network.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using fused::BFloat16;

/// What differs between the precisions.
template <typename T>
struct Arithmetic;

template <>
struct Arithmetic<float> {
  static constexpr const char* kName = "fused f32";
  static constexpr Precision kPrecision = Precision::kF32;
  struct ThreadState {};
  static fused::Kernels<float> MakeKernels() { return fused::FloatKernels(); }
};

template <>
struct Arithmetic<BFloat16> {
  static constexpr const char* kName = "fused bf16 AMX";
  static constexpr Precision kPrecision = Precision::kBf16;
  using ThreadState = fused::AmxTiles;
  static fused::Kernels<BFloat16> MakeKernels() { return fused::AmxKernels(); }
};

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
  FusedEngine(const EngineOptions& options, std::unique_ptr<const Network> network,
              fused::Plan plan)
      : network_(std::move(network)), plan_(fused::PackPlan<T>(std::move(plan))) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    info_.threads = options.threads > 0 ? std::min(options.threads, cores) : cores;
    info_.batch = options.batch > 0 ? options.batch : 1;
    // One more than the threads can work on, so that they find work while a result is taken out.
    info_.requests =
        options.requests > 0 ? options.requests : (info_.threads - 1) / info_.batch + 2;
    info_.geometry.inner = network_->side;
    info_.geometry.crop = network_->side + 2 * FaceGeometry().margin();
    info_.audio_shape = network_->audio_shape;
    info_.model = options.model;
    info_.description = Arithmetic<T>::kName;
    info_.precision = Arithmetic<T>::kPrecision;

    const auto batch = static_cast<size_t>(info_.batch);
    pixels_ = static_cast<size_t>(network_->side) * static_cast<size_t>(network_->side);
    audio_size_ = 1;
    for (const int n : network_->audio_shape) audio_size_ *= static_cast<size_t>(n);
    requests_.resize(static_cast<size_t>(info_.requests));
    for (Request& request : requests_) {
      request.visual.resize(batch * 6 * pixels_);
      request.audio.resize(batch * audio_size_);
      request.prediction.resize(batch * 3 * pixels_);
    }
    const fused::Kernels<T> kernels = Arithmetic<T>::MakeKernels();
    for (int i = 0; i < info_.threads; ++i) workers_.emplace_back(plan_, kernels);
    for (fused::Worker<T>& worker : workers_) {
      threads_.emplace_back([this, &worker](const std::stop_token& stop) { Work(worker, stop); });
    }
  }

  ~FusedEngine() override {
    for (std::jthread& thread : threads_) thread.request_stop();
    work_.notify_all();
  }

  const EngineInfo& info() const override { return info_; }

  std::span<uint8_t> visual(int request, int i) override {
    return std::span(At(request).visual).subspan(Offset(i, 6 * pixels_), 6 * pixels_);
  }

  std::span<float> audio(int request, int i) override {
    return std::span(At(request).audio).subspan(Offset(i, audio_size_), audio_size_);
  }

  std::span<const uint8_t> prediction(int request, int i) override {
    return std::span(At(request).prediction).subspan(Offset(i, 3 * pixels_), 3 * pixels_);
  }

  void Start(int request, int count) override {
    Request& started = At(request);
    if (count < 1 || count > info_.batch) {
      throw Error(ErrorCode::kInvalidArgument, "a request holds 1 to " +
                                                   std::to_string(info_.batch) + " frames, not " +
                                                   std::to_string(count));
    }
    {
      const std::lock_guard lock(mutex_);
      if (started.waiting > 0) {
        throw Error(ErrorCode::kInternal,
                    "request " + std::to_string(request) + " was started while it was running");
      }
      started.waiting = count;
      for (int i = 0; i < count; ++i) frames_.emplace_back(request, i);
    }
    work_.notify_all();
  }

  void Wait(int request) override {
    Request& waited = At(request);
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return waited.waiting == 0; });
  }

  double busy_seconds() const override { return busy_.seconds(); }

 private:
  void Work(fused::Worker<T>& worker, const std::stop_token& stop) {
    [[maybe_unused]] const typename Arithmetic<T>::ThreadState state{};
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [&] { return stop.stop_requested() || !frames_.empty(); });
      if (stop.stop_requested()) return;
      const auto [request, i] = frames_.front();
      frames_.pop_front();
      lock.unlock();
      busy_.Begin();
      Request& memory = At(request);
      worker.Run(visual(request, i), audio(request, i),
                 std::span(memory.prediction).subspan(Offset(i, 3 * pixels_), 3 * pixels_));
      busy_.End();
      lock.lock();
      if (--memory.waiting == 0) finished_.notify_all();
    }
  }

  Request& At(int request) {
    if (request < 0 || request >= info_.requests) {
      throw Error(ErrorCode::kInvalidArgument,
                  "request " + std::to_string(request) + " of " + std::to_string(info_.requests));
    }
    return requests_[static_cast<size_t>(request)];
  }

  size_t Offset(int i, size_t size) const {
    if (i < 0 || i >= info_.batch) {
      throw Error(ErrorCode::kInvalidArgument,
                  "frame " + std::to_string(i) + " of a batch of " + std::to_string(info_.batch));
    }
    return static_cast<size_t>(i) * size;
  }

  const std::unique_ptr<const Network> network_;  // the plan points into it
  const fused::PackedPlan<T> plan_;
  EngineInfo info_;
  size_t pixels_ = 0;
  size_t audio_size_ = 0;
  BusyClock busy_;
  std::vector<Request> requests_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable finished_;
  std::deque<std::pair<int, int>> frames_;  // request, frame
  std::deque<fused::Worker<T>> workers_;
  std::vector<std::jthread> threads_;  // the last member: joined before what they use is gone
};

}  // namespace

FusedEngineOrReason CreateFusedEngine(const EngineOptions& options) {
  if (options.precision == Precision::kInt8) return {nullptr, "it has no int8 arithmetic"};
  if (options.precision == Precision::kBf16 && !fused::HasAmx()) {
    return {nullptr, "this CPU has no AMX"};
  }
  NetworkReading reading = ReadNetwork(options.model);
  if (!reading.network) return {nullptr, reading.obstacle};
  // Moved before it is planned: the plan points into it.
  auto network = std::make_unique<Network>(std::move(*reading.network));
  fused::Planning planning = fused::MakePlan(*network);
  if (!planning.plan) return {nullptr, planning.obstacle};
  const bool bf16 = options.precision == Precision::kBf16 ||
                    (options.precision == Precision::kAuto && fused::HasAmx());
  if (bf16) {
    return {std::make_unique<FusedEngine<BFloat16>>(options, std::move(network),
                                                    std::move(*planning.plan)),
            ""};
  }
  return {
      std::make_unique<FusedEngine<float>>(options, std::move(network), std::move(*planning.plan)),
      ""};
}

}  // namespace mouthpiece
