#include <algorithm>
#include <optional>
#include <utility>

#include "base/timing.h"
#include "media/scaler.h"
#include "sink/picture_pool.h"
#include "sink/shape.h"

namespace mouthpiece {
namespace {

/// Where `rect` of a frame lies in a part of it; empty where it lies outside.
Rect Within(const Rect& rect, const Rect& part) {
  const Rect inside{std::max(rect.x1, part.x1) - part.x1, std::max(rect.y1, part.y1) - part.y1,
                    std::min(rect.x2, part.x2) - part.x1, std::min(rect.y2, part.y2) - part.y1};
  return inside.x1 < inside.x2 && inside.y1 < inside.y2 ? inside : Rect{};
}

/// The half-open range of a scaled side that may change with that of the other.
std::pair<int, int> ScaledRange(int begin, int end, int size, int to_size) {
  const int reach = Scaler::Reach(size, to_size);
  const int64_t first = int64_t{begin} * to_size / size - reach;
  const int64_t last = (int64_t{end} * to_size + size - 1) / size + reach;
  return {static_cast<int>(std::max<int64_t>(first, 0)),
          static_cast<int>(std::min<int64_t>(last, to_size))};
}

class ShapingSink : public Sink {
 public:
  ShapingSink(std::unique_ptr<Sink> sink, const Shape& shape, const StreamFormat& frames)
      : shape_(shape),
        pool_(frames.color.range, shape.width, shape.height, frames.has_alpha),
        sink_(std::move(sink)) {
    if (shape.scales()) {
      scaler_.emplace(shape.crop.width(), shape.crop.height(), shape.width, shape.height,
                      frames.color, frames.color);
    }
  }

  void Write(Frame frame) override {
    frame.Narrow(PartOf(frame.picture(), shape_.crop));
    if (frame.changed != Rect{}) frame.changed = Within(frame.changed, shape_.crop);
    if (!scaler_) {
      sink_->Write(std::move(frame));
      return;
    }
    Frame scaled = pool_.Lend();
    scaled.output_index = frame.output_index;
    scaled.source_index = frame.source_index;
    if (frame.changed != Rect{}) scaled.changed = Scaled(frame.changed);
    {
      StageTimer::Scope timed(scaling_);
      scaler_->Scale(frame.picture(), scaled.picture());
      if (scaled.alpha.data != nullptr) scaler_->ScaleAlpha(frame.alpha, scaled.alpha);
    }
    frame.Reset();
    sink_->Write(std::move(scaled));
  }
  void Finish() override { sink_->Finish(); }
  SinkTimes times() const override {
    SinkTimes times = sink_->times();
    times.encode.wall_s += scaling_.wall_seconds();
    return times;
  }
  int frames_held() const override { return scaler_ ? 0 : sink_->frames_held(); }

 private:
  Rect Scaled(const Rect& rect) const {
    const auto [x1, x2] = ScaledRange(rect.x1, rect.x2, shape_.crop.width(), shape_.width);
    const auto [y1, y2] = ScaledRange(rect.y1, rect.y2, shape_.crop.height(), shape_.height);
    return {x1, y1, x2, y2};
  }

  const Shape shape_;
  std::optional<Scaler> scaler_;
  PicturePool pool_;
  StageTimer scaling_;
  std::unique_ptr<Sink> sink_;  ///< Holds pictures of the pool: goes first
};

}  // namespace

uint64_t ShapingBytes(const Shape& shape, int frames_held) {
  if (!shape.scales()) return 0;
  return static_cast<uint64_t>(frames_held + 2) * PaddedBytes(shape.width, shape.height);
}

std::unique_ptr<Sink> OpenShapingSink(std::unique_ptr<Sink> sink, const Shape& shape,
                                      const StreamFormat& frames) {
  return std::make_unique<ShapingSink>(std::move(sink), shape, frames);
}

}  // namespace mouthpiece
