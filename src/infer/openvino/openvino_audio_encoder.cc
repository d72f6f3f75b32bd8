#include "infer/openvino/openvino_audio_encoder.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/no_fork.h"
#include "infer/openvino/onnx_file.h"
#include "mouthpiece/error.h"
#include "network/ports.h"

namespace mouthpiece {
namespace {

constexpr int64_t kBands = 80;
constexpr int64_t kWindowRows = 16;
constexpr int64_t kRowSize = 512;

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what,
                       ErrorCode code = ErrorCode::kBadPackage) {
  throw Error(code, path.string() + ": " + what);
}

/// The model with a batch of `batch`, or null when a constant inside ties it to another.
std::shared_ptr<ov::Model> WithBatch(const ov::Model& model, int batch) {
  const std::shared_ptr<ov::Model> copy = model.clone();
  try {
    copy->reshape(ov::PartialShape{batch, 1, kBands, kWindowRows});
  } catch (const std::exception&) {
    return nullptr;
  }
  return copy->output().get_partial_shape() == ov::PartialShape{batch, kRowSize} ? copy : nullptr;
}

std::shared_ptr<ov::Model> ReadEncoder(const std::filesystem::path& path, int batch) {
  const std::shared_ptr<ov::Model> model = ReadOnnx(path);
  RequireEncoderPorts(path, InputPorts(*model), OutputPorts(*model));
  if (const std::shared_ptr<ov::Model> reshaped = WithBatch(*model, batch)) return reshaped;
  const ov::Dimension own = model->input().get_partial_shape()[0];
  if (own.is_static() && own.get_length() > 0 && own == model->output().get_partial_shape()[0]) {
    return model;
  }
  Fail(path, "batch " + std::to_string(batch) + " is impossible: " + DescribePorts(*model));
}

class OpenVinoAudioEncoder final : public AudioEncoder {
 public:
  explicit OpenVinoAudioEncoder(const AudioEncoderOptions& options) : AudioEncoder(options.model) {
    const auto model =
        ReadEncoder(path(), options.batch > 0 ? options.batch : kDefaultEncoderBatch);
    try {
      // One stream: a call's windows are shared among the threads.
      ov::AnyMap settings{ov::hint::inference_precision(ov::element::f32), ov::num_streams(1),
                          ov::hint::enable_cpu_pinning(false)};
      if (options.threads > 0) settings.insert(ov::inference_num_threads(options.threads));
      request_ = core_.compile_model(model, "CPU", settings).create_infer_request();
    } catch (const std::exception& error) {
      Fail(path(), "OpenVINO cannot compile the model: " + OneLine(error.what()),
           ErrorCode::kInternal);
    }
    input_ = request_.get_input_tensor();
    output_ = request_.get_output_tensor();
    std::ranges::fill(windows(), 0.0F);
  }

  ~OpenVinoAudioEncoder() override { while_dropping_.emplace(); }

  int batch() const override { return static_cast<int>(input_.get_shape()[0]); }

  std::span<float> windows() override { return {input_.data<float>(), input_.get_size()}; }

 protected:
  // A partial batch runs whole; what its other windows hold does not change the result.
  std::span<const float> Encode(int count) override {
    try {
      const NoFork no_fork;
      request_.infer();
    } catch (const std::exception& error) {
      Fail(path(), "inference failed: " + OneLine(error.what()), ErrorCode::kInternal);
    }
    return {output_.data<float>(), static_cast<size_t>(count) * kRowSize};
  }

 private:
  std::optional<NoFork> while_dropping_;  // before the members, which are dropped in reverse order
  ov::Core core_;
  ov::InferRequest request_;
  ov::Tensor input_;
  ov::Tensor output_;
};

}  // namespace

std::unique_ptr<AudioEncoder> CreateOpenVinoAudioEncoder(const AudioEncoderOptions& options) {
  const NoFork no_fork;
  return std::make_unique<OpenVinoAudioEncoder>(options);
}

}  // namespace mouthpiece
