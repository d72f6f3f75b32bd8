#include <utility>

#include "compose/compositor.h"
#include "render/backend.h"
#include "render/network_input.h"

namespace mouthpiece {
namespace {

class CpuBackend final : public Backend {
 public:
  CpuBackend(std::unique_ptr<Engine> engine, FaceGeometry geometry, Resample resample)
      : engine_(std::move(engine)), compositor_(geometry, resample) {}

  const EngineInfo& info() const override { return engine_->info(); }

  void SetFace(int request, int i, const SourceFrame& source) override {
    FillVisual(source.face, engine_->visual(request, i));
  }

  std::span<float> audio(int request, int i) override { return engine_->audio(request, i); }

  void Start(int request, int count) override { engine_->Start(request, count); }

  void Wait(int request) override { engine_->Wait(request); }

  void Composite(int request, int i, const Rect& rect, SourceFrame& source) override {
    const Prediction prediction{.u8 = engine_->prediction(request, i).data(), .f32 = nullptr};
    const Rect& part = source.frame.part;  // the origin of what is there is even
    const Rect shifted{rect.x1 - part.x1, rect.y1 - part.y1, rect.x2 - part.x1, rect.y2 - part.y1};
    compositor_.Composite(prediction, source.face.ring, shifted, source.frame.picture(),
                          source.kept);
  }

  double busy_seconds() const override { return engine_->busy_seconds(); }

 private:
  const std::unique_ptr<Engine> engine_;
  Compositor compositor_;
};

}  // namespace

std::unique_ptr<Backend> CreateCpuBackend(std::unique_ptr<Engine> engine, FaceGeometry geometry,
                                          Resample resample) {
  return std::make_unique<CpuBackend>(std::move(engine), geometry, resample);
}

}  // namespace mouthpiece
