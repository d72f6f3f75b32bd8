// What cutting, scaling, keying and blending cost a frame of 1280x720, on one thread.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "image/alpha_source.h"
#include "image/image.h"
#include "sink/output_plan.h"
#include "sink/sink.h"

namespace mouthpiece {
namespace {

constexpr int kWidth = 1280;
constexpr int kHeight = 720;

class Opaque : public AlphaSource {
 public:
  void Read(int /*source_index*/, Plane target) override {
    for (int y = 0; y < target.height; ++y) {
      std::memset(target.row(y), 255, static_cast<size_t>(target.width));
    }
  }
};

void Write(benchmark::State& state, Output output, bool has_alpha = false) {
  output.name = "null:";
  StreamFormat format;
  format.width = kWidth;
  format.height = kHeight;
  format.has_alpha = has_alpha;
  OutputPlan plan = PlanOutput(output);
  plan.carries_alpha = [](const OutputPlan&) { return true; };
  const Rect face{500, 100, 780, 380};
  FitToFrames(plan, format, {&face, 1});
  SinkJob job;
  if (has_alpha) job.alpha = std::make_shared<Opaque>();
  const std::unique_ptr<Sink> sink = OpenSink(plan, job, format);
  Picture picture(PixelFormat::kYuv420, ColorRange::kLimited, kWidth, kHeight);
  for (size_t i = 0; i < picture.bytes(); ++i) {
    picture.view().planes[0].data[i] = static_cast<uint8_t>(16 + (i * 2654435761U >> 24) % 200);
  }
  for (auto _ : state) sink->Write(Frame(picture.view(), nullptr, 0));
}

Output Shaped(const char* crop, const char* scale) {
  Output output;
  if (*crop != 0) output.crop = ParseCrop(crop);
  if (*scale != 0) output.scale = ParseScale(scale);
  return output;
}

Output Keyed(bool has_key, const char* background) {
  Output output;
  if (has_key) output.key_out = ParseKeyOut("green");
  output.background = background;
  return output;
}

BENCHMARK_CAPTURE(Write, nothing, Output());
BENCHMARK_CAPTURE(Write, crop_9_16, Shaped("9:16", ""));
BENCHMARK_CAPTURE(Write, scale_480, Shaped("", "-2:480"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, scale_1080, Shaped("", "1920x1080"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, crop_9_16_scale_1080x1920, Shaped("9:16", "1080x1920"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, own_alpha, Output(), true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, own_alpha_background, Keyed(false, "#102030"), true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, key_out, Keyed(true, ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Write, key_out_background, Keyed(true, "#102030"))->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mouthpiece
