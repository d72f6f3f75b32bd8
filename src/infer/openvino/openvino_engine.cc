#include "infer/openvino/openvino_engine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <openvino/runtime/intel_cpu/properties.hpp>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/instruction_set.h"
#include "base/no_fork.h"
#include "infer/busy_clock.h"
#include "infer/openvino/generator_model.h"
#include "infer/openvino/onnx_file.h"
#include "infer/request_memory.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr const char* kDevice = "CPU";
// The network works through activations of tens of megabytes a frame, so a batch saves no time; it
// costs 50 MB (half width) to 100 MB (full) a frame and stream.
constexpr int kDefaultBatch = 1;

class OpenVinoEngine final : public Engine {
 public:
  explicit OpenVinoEngine(const EngineOptions& options) : path_(options.model) {
    const GeneratorModel generator = ReadGenerator(path_, options.batch, kDefaultBatch);
    info_.model = path_;
    info_.geometry = GeometryOfSide(generator.side);
    info_.audio_shape = generator.audio_shape;
    info_.batch = generator.batch;
    Compile(generator.model, options);
    CreateRequests();
  }

  ~OpenVinoEngine() override {
    while_dropping_.emplace();
    // The callbacks use busy_: none may outlive it.
    for (ov::InferRequest& request : requests_) request.cancel();
    for (ov::InferRequest& request : requests_) {
      try {
        request.wait();
      } catch (const std::exception&) {  // cancelled, or failed and nobody asked
      }
    }
  }

  const EngineInfo& info() const override { return info_; }

  std::span<uint8_t> visual(int request, int i) override { return frames_.visual(request, i); }
  std::span<float> audio(int request, int i) override { return frames_.audio(request, i); }
  std::span<const uint8_t> prediction(int request, int i) override {
    return frames_.prediction(request, i);
  }

  // A partial batch runs whole: the plugin's kernels are compiled for one batch size, and only a
  // clip's last request is partial.
  void Start(int request, int count) override {
    const size_t index = frames_.StartIndex(request, count);
    while_running_[index] = std::make_unique<NoForkMeanwhile>();
    busy_.Begin();
    try {
      requests_[index].start_async();
    } catch (const std::exception& error) {
      busy_.End();
      while_running_[index].reset();
      Fail("inference did not start", error);
    }
  }

  void Wait(int request) override {
    try {
      requests_[frames_.Index(request)].wait();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      Fail("inference failed", error);
    }
  }

  double busy_seconds() const override { return busy_.seconds(); }

 private:
  [[noreturn]] void Fail(const std::string& what, const std::exception& error) const {
    throw Error(ErrorCode::kInternal, path_.string() + ": " + what + ": " + OneLine(error.what()));
  }

  void Compile(const std::shared_ptr<ov::Model>& model, const EngineOptions& options) {
    const bool bf16 = options.precision == Precision::kBf16;
    const ov::element::Type precision = bf16 ? ov::element::bf16 : ov::element::f32;
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int threads = options.threads > 0 ? std::min(options.threads, cores) : cores;
    // One stream a thread: no layer of a frame then waits for its slower half.
    const int streams = options.requests > 0 ? std::min(options.requests, threads) : threads;
    try {
      if (bf16) RequireBf16();
      compiled_ = core_.compile_model(
          model, kDevice, ov::hint::inference_precision(precision),
          ov::inference_num_threads(threads), ov::num_streams(ov::streams::Num(streams)),
          // Pinned threads would fight the pipeline's own for the same cores.
          ov::hint::enable_cpu_pinning(false));
      info_.threads = compiled_.get_property(ov::inference_num_threads);
      // One more than can run, so that a stream finds work while a result is taken out.
      info_.requests = options.requests > 0 ? options.requests : streams + 1;
      info_.precision = bf16 ? Precision::kBf16 : Precision::kF32;
      info_.description =
          "OpenVINO " + OpenVinoVersion() + " " + kDevice + (bf16 ? " bf16" : " f32");
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      Fail("OpenVINO cannot compile the model", error);
    }
  }

  bool HasBf16() {
    if (IsForbidden(InstructionSet::kAvx512Bf16)) return false;
    const auto has = core_.get_property(kDevice, ov::device::capabilities);
    return std::find(has.begin(), has.end(), ov::device::capability::BF16) != has.end();
  }

  void RequireBf16() {
    if (!HasBf16()) {
      throw Error(ErrorCode::kUnsupported,
                  "precision bf16: this CPU has no bfloat16 instructions: " +
                      core_.get_property(kDevice, ov::device::full_name));
    }
  }

  void CreateRequests() {
    std::vector<RequestMemory> memory;
    while_running_.resize(static_cast<size_t>(info_.requests));
    for (int i = 0; i < info_.requests; ++i) {
      ov::InferRequest request = compiled_.create_infer_request();
      ov::Tensor visual = request.get_input_tensor(0);
      ov::Tensor audio = request.get_input_tensor(1);
      // Slots of a partial batch that were never filled hold zeros, not what memory held before.
      std::memset(visual.data(), 0, visual.get_byte_size());
      std::memset(audio.data(), 0, audio.get_byte_size());
      memory.push_back({visual.data<uint8_t>(), audio.data<float>(),
                        request.get_output_tensor(0).data<uint8_t>()});
      request.set_callback([this, i](const std::exception_ptr&) {
        busy_.End();
        while_running_[static_cast<size_t>(i)].reset();
      });
      requests_.push_back(std::move(request));
    }
    frames_ = RequestFrames(info_, std::move(memory));
  }

  std::optional<NoFork> while_dropping_;  // before the members, which are dropped in reverse order
  const std::filesystem::path path_;
  EngineInfo info_;
  BusyClock busy_;
  std::vector<std::unique_ptr<NoForkMeanwhile>> while_running_;  ///< For each request
  ov::Core core_;
  ov::CompiledModel compiled_;
  std::vector<ov::InferRequest> requests_;
  RequestFrames frames_;
};

}  // namespace

bool HasOpenVino() { return true; }

std::string OpenVinoVersion() {
  // "2026.4.1-22982-e213a147257-releases/2026/4"
  const std::string build = ov::get_openvino_version().buildNumber;
  return build.substr(0, build.find('-'));
}

std::unique_ptr<Engine> CreateOpenVinoEngine(const EngineOptions& options) {
  if (options.precision == Precision::kInt8) {
    throw Error(ErrorCode::kUnsupported, options.model.string() +
                                             ": precision int8: expected the fused engine, which " +
                                             "alone has its arithmetic, found openvino");
  }
  return std::make_unique<OpenVinoEngine>(options);
}

}  // namespace mouthpiece
