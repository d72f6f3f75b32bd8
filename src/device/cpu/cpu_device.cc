#include "device/cpu/cpu_device.h"

#include <utility>
#include <vector>

#include "compose/compositor.h"
#include "device/generator_answer.h"
#include "device/network_input.h"

namespace mouthpiece {
namespace {

class CpuDevice final : public Device {
 public:
  CpuDevice(std::unique_ptr<Engine> engine, FaceGeometry geometry, DynamicRange mapped_range)
      : engine_(std::move(engine)),
        linear_(geometry, Resample::kLinear, mapped_range),
        cubic_(geometry, Resample::kCubic, mapped_range),
        placements_(static_cast<size_t>(info().requests * info().batch)) {}

  const EngineInfo& info() const override { return engine_->info(); }

  std::span<float> Fill(int request, int i, const SourceFrame& source,
                        const Placement& placement) override {
    placements_[Slot(request, i)] = placement;
    FillVisual(source.face, engine_->visual(request, i));
    return engine_->audio(request, i);
  }

  void Start(int request, int count) override { engine_->Start(request, count); }

  void Wait(int request) override { engine_->Wait(request); }

  void Composite(int request, std::span<SourceFrame> frames) override {
    for (int i = 0; SourceFrame & source : frames) {
      const auto& [rect, resample] = placements_[Slot(request, i)];
      const std::span<const uint8_t> answer = engine_->prediction(request, i);
      CheckAnswer(answer, engine_->visual(request, i++), info().model);
      const Prediction prediction{.u8 = answer.data(), .f32 = nullptr};
      const Rect& part = source.frame.part;  // the origin of what is there is even
      const Rect shifted{rect.x1 - part.x1, rect.y1 - part.y1, rect.x2 - part.x1,
                         rect.y2 - part.y1};
      Compositor& compositor = resample == Resample::kLinear ? linear_ : cubic_;
      compositor.Composite(prediction, source.face.ring, shifted, source.frame.picture(),
                           source.kept);
    }
  }

  double busy_seconds() const override { return engine_->busy_seconds(); }

 private:
  size_t Slot(int request, int i) const { return static_cast<size_t>(request * info().batch + i); }

  const std::unique_ptr<Engine> engine_;
  Compositor linear_;
  Compositor cubic_;
  std::vector<Placement> placements_;  ///< Of each frame of each request
};

}  // namespace

std::unique_ptr<Device> CreateCpuDevice(std::unique_ptr<Engine> engine, FaceGeometry geometry,
                                        DynamicRange mapped_range) {
  return std::make_unique<CpuDevice>(std::move(engine), geometry, mapped_range);
}

}  // namespace mouthpiece
