#include "import/face_crop.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compose/resample.h"

namespace mouthpiece {
namespace {

constexpr size_t kTaps = TapCount(Resample::kCubic);

std::vector<ResampleTaps> TapsOf(int source, int target) {
  std::vector<ResampleTaps> taps;
  for (int i = 0; i < target; ++i) taps.push_back(TapsAt(i, source, target, Resample::kCubic));
  return taps;
}

/// The sum of four samples, the nearest where there is none; `at(i)` gives sample i.
template <typename At>
float Sum(const ResampleTaps& taps, int count, At at) {
  double sum = 0;
  for (size_t k = 0; k < kTaps; ++k) {
    sum += taps.weights[k] * at(std::clamp(taps.first + static_cast<int>(k), 0, count - 1));
  }
  return static_cast<float>(sum);
}

uint8_t Round8(float value) {
  return static_cast<uint8_t>(std::clamp(std::floor(value + 0.5F), 0.0F, 255.0F));
}

}  // namespace

void FaceCropper::Crop(ConstPictureView frame, const Rect& rect, PictureView crop) {
  const std::vector<ResampleTaps> columns = TapsOf(rect.width(), crop.width());
  const std::vector<ResampleTaps> lines = TapsOf(rect.height(), crop.height());
  const auto width = static_cast<size_t>(crop.width());
  rows_.resize(width * static_cast<size_t>(rect.height()));
  for (int p = 0; p < 3; ++p) {
    for (int y = 0; y < rect.height(); ++y) {
      const uint8_t* source = frame.planes[p].row(rect.y1 + y) + rect.x1;
      float* row = rows_.data() + static_cast<size_t>(y) * width;
      for (size_t x = 0; x < width; ++x) {
        row[x] = Sum(columns[x], rect.width(), [source](int i) { return source[i]; });
      }
    }
    for (int y = 0; y < crop.height(); ++y) {
      uint8_t* target = crop.planes[p].row(y);
      for (size_t x = 0; x < width; ++x) {
        target[x] = Round8(Sum(lines[static_cast<size_t>(y)], rect.height(),
                               [&](int i) { return rows_[static_cast<size_t>(i) * width + x]; }));
      }
    }
  }
}

PictureView InnerOf(PictureView crop, FaceGeometry geometry) {
  const int margin = geometry.margin();
  for (Plane& plane : crop.planes) {
    plane = {plane.row(margin) + margin, plane.stride, geometry.inner, geometry.inner};
  }
  return crop;
}

void CopyMasked(ConstPictureView inner, PictureView target) {
  CopyPicture(inner, target);
  for (const Plane& plane : target.planes) {
    for (int y = kMouthMask.y1; y < kMouthMask.y2; ++y) {
      std::memset(plane.row(y) + kMouthMask.x1, 0, static_cast<size_t>(kMouthMask.width()));
    }
  }
}

}  // namespace mouthpiece
