#include "live/idle_mouths.h"

#include <cstring>
#include <utility>

namespace mouthpiece::live {
namespace {

constexpr int kPlanes = 3;

size_t Samples(const Rect& area) {
  return static_cast<size_t>(area.width()) * static_cast<size_t>(area.height());
}

}  // namespace

IdleMouths::IdleMouths(std::span<const Rect> rectangles)
    : rectangles_(rectangles.begin(), rectangles.end()), mouths_(rectangles.size()) {
  for (const Rect& rect : rectangles_) {
    for (int p = 0; p < kPlanes; ++p) bytes_ += Samples(CoveredSamples(rect, p));
  }
}

int IdleMouths::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::shared_ptr<const IdleMouths::Mouth> IdleMouths::Get(int frame) const {
  const std::lock_guard lock(mutex_);
  return mouths_[static_cast<size_t>(frame)];
}

void IdleMouths::Keep(int frame, const PictureView& picture) {
  const Rect& rect = rectangles_[static_cast<size_t>(frame)];
  auto mouth = std::make_shared<Mouth>();
  for (int p = 0; p < kPlanes; ++p) {
    const Rect area = CoveredSamples(rect, p);
    const Plane plane = PlaneAtRuns(picture, rect, p);
    for (int y = area.y1; y < area.y2; ++y) {
      mouth->insert(mouth->end(), plane.row(y) + area.x1, plane.row(y) + area.x2);
    }
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Mouth>& kept = mouths_[static_cast<size_t>(frame)];
  count_ += kept == nullptr ? 1 : 0;
  kept = std::move(mouth);
}

bool IdleMouths::Put(int frame, const KeptRuns& kept, const PictureView& picture) const {
  const std::shared_ptr<const Mouth> mouth = Get(frame);
  if (mouth == nullptr) return false;
  const Rect& rect = rectangles_[static_cast<size_t>(frame)];
  const uint8_t* samples = mouth->data();
  for (int p = 0; p < kPlanes; ++p) {
    const Rect area = CoveredSamples(rect, p);
    const Plane plane = PlaneAtRuns(picture, rect, p);
    ForEachGap(kept.of(p), area, [&](int row, int begin, int end) {
      const auto from = static_cast<ptrdiff_t>(row - area.y1) * area.width() + (begin - area.x1);
      std::memcpy(plane.row(row) + begin, samples + from, static_cast<size_t>(end - begin));
    });
    samples += Samples(area);
  }
  return true;
}

}  // namespace mouthpiece::live
