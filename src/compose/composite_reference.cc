#include <algorithm>
#include <cmath>
#include <vector>

#include "compose/bgr_to_yuv.h"
#include "compose/compositor.h"
#include "compose/resample.h"

namespace mouthpiece {
namespace {

// One channel of real numbers, row after row.
struct Channel {
  Channel(int w, int h)
      : width(w), height(h), values(static_cast<size_t>(w) * static_cast<size_t>(h)) {}
  double& at(int x, int y) {
    return values[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
  }
  double at(int x, int y) const {
    return values[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
  }
  // The nearest sample that exists.
  double clamped(int x, int y) const {
    return at(std::clamp(x, 0, width - 1), std::clamp(y, 0, height - 1));
  }

  int width;
  int height;
  std::vector<double> values;
};

double PredictionAt(const Prediction& prediction, size_t index) {
  if (prediction.u8 != nullptr) return prediction.u8[index];
  const float scaled = prediction.f32[index] * 255.0F;
  if (std::isnan(scaled)) return 0;
  return std::trunc(std::clamp(scaled, 0.0F, 255.0F));
}

Channel Crop(const Prediction& prediction, const RingView& ring, int channel) {
  const auto [crop, inner] = ring.geometry;
  const int margin = ring.geometry.margin();
  Channel result(crop, crop);
  for (int y = 0; y < crop; ++y) {
    const bool full_row = y < margin || y >= crop - margin;
    for (int x = 0; x < crop; ++x) {
      if (full_row) {
        result.at(x, y) = ring.FullRow(channel, y)[x];
      } else if (x < margin) {
        result.at(x, y) = ring.SideRow(channel, y)[x];
      } else if (x >= crop - margin) {
        result.at(x, y) = ring.SideRow(channel, y)[x - inner];
      } else {
        const int index = (channel * inner + y - margin) * inner + x - margin;
        result.at(x, y) = PredictionAt(prediction, static_cast<size_t>(index));
      }
    }
  }
  return result;
}

Channel Resize(const Channel& source, int width, int height, Resample resample) {
  const size_t taps = TapCount(resample);
  std::vector<ResampleTaps> columns;
  for (int x = 0; x < width; ++x) columns.push_back(TapsAt(x, source.width, width, resample));
  Channel result(width, height);
  for (int y = 0; y < height; ++y) {
    const ResampleTaps row = TapsAt(y, source.height, height, resample);
    for (int x = 0; x < width; ++x) {
      const ResampleTaps& column = columns[static_cast<size_t>(x)];
      double sum = 0;
      for (size_t j = 0; j < taps; ++j) {
        for (size_t i = 0; i < taps; ++i) {
          sum +=
              row.weights[j] * column.weights[i] *
              source.clamped(column.first + static_cast<int>(i), row.first + static_cast<int>(j));
        }
      }
      result.at(x, y) = std::clamp(sum, 0.0, 255.0);  // cubic overshoots
    }
  }
  return result;
}

uint8_t Round8(double value) {
  return static_cast<uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace

void CompositeReference(const Prediction& prediction, const RingView& ring, const Rect& rect,
                        Resample resample, PictureView frame) {
  const auto resized = [&](int channel) {
    return Resize(Crop(prediction, ring, channel), rect.width(), rect.height(), resample);
  };
  const Channel b = resized(0);
  const Channel g = resized(1);
  const Channel r = resized(2);

  // Resized values are not rounded to 8 bits first: that only adds noise, to both planes.
  const BgrToYuvCoefficients c = BgrToYuvFor(frame.range);
  Channel luma(rect.width(), rect.height());
  for (int y = 0; y < luma.height; ++y) {
    for (int x = 0; x < luma.width; ++x) {
      luma.at(x, y) = c.luma_b * b.at(x, y) + c.luma_g * g.at(x, y) + c.luma_r * r.at(x, y);
      frame.planes[0].row(rect.y1 + y)[rect.x1 + x] = Round8(luma.at(x, y) + c.y_offset);
    }
  }

  for (int block_y = rect.y1 / 2; block_y < (rect.y2 + 1) / 2; ++block_y) {
    for (int block_x = rect.x1 / 2; block_x < (rect.x2 + 1) / 2; ++block_x) {
      double u = 0;
      double v = 0;
      int count = 0;
      for (int y = std::max(2 * block_y, rect.y1); y < std::min(2 * block_y + 2, rect.y2); ++y) {
        for (int x = std::max(2 * block_x, rect.x1); x < std::min(2 * block_x + 2, rect.x2); ++x) {
          const double pixel_luma = luma.at(x - rect.x1, y - rect.y1);
          u += c.u_b * b.at(x - rect.x1, y - rect.y1) - c.u_luma * pixel_luma + c.u_offset;
          v += c.v_r * r.at(x - rect.x1, y - rect.y1) - c.v_luma * pixel_luma + c.v_offset;
          ++count;
        }
      }
      frame.planes[1].row(block_y)[block_x] = Round8(u / count);
      frame.planes[2].row(block_y)[block_x] = Round8(v / count);
    }
  }
}

}  // namespace mouthpiece
