// What a step of a plan makes of its sources, straight from the formulas.
#ifndef MOUTHPIECE_TESTS_SUPPORT_STEP_REFERENCE_H_
#define MOUTHPIECE_TESTS_SUPPORT_STEP_REFERENCE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/fused/plan.h"

namespace mouthpiece::testing {

/// A tensor of one frame: [channel][y][x].
struct Values {
  Extent extent;
  std::vector<double> data;

  explicit Values(const Extent& of)
      : extent(of), data(static_cast<size_t>(of.channels) * static_cast<size_t>(of.pixels())) {}

  double& At(int c, int y, int x) {
    return data[static_cast<size_t>((c * extent.height + y) * extent.width + x)];
  }
  double At(int c, int y, int x) const {
    return data[static_cast<size_t>((c * extent.height + y) * extent.width + x)];
  }
};

inline Values Convolve(const Convolution& c, const Values& in, const Extent& extent) {
  Values out(extent);
  const int inputs = in.extent.channels / c.groups;
  for (int o = 0; o < extent.channels; ++o) {
    const int first = c.groups == 1 ? 0 : o;
    for (int y = 0; y < extent.height; ++y) {
      for (int x = 0; x < extent.width; ++x) {
        double sum = c.bias[static_cast<size_t>(o)];
        for (int i = 0; i < inputs * c.kernel_height * c.kernel_width; ++i) {
          const int from_x = x * c.stride_x - c.left + i % c.kernel_width;
          const int from_y = y * c.stride_y - c.top + i / c.kernel_width % c.kernel_height;
          if (from_x < 0 || from_y < 0 || from_x >= in.extent.width || from_y >= in.extent.height) {
            continue;
          }
          const int channel = first + i / (c.kernel_width * c.kernel_height);
          const int taps = inputs * c.kernel_height * c.kernel_width;
          sum +=
              double{c.weights[static_cast<size_t>(o * taps + i)]} * in.At(channel, from_y, from_x);
        }
        out.At(o, y, x) = c.relu ? std::max(sum, 0.0) : sum;
      }
    }
  }
  return out;
}

/// To twice the height and width, bilinear, corners aligned.
inline Values Doubled(const Values& in) {
  Values out({in.extent.channels, 2 * in.extent.height, 2 * in.extent.width});
  const auto place = [](int at, int size, int from) {
    return size > 1 ? double(at) * (from - 1) / (size - 1) : 0.0;
  };
  for (int c = 0; c < out.extent.channels; ++c) {
    for (int y = 0; y < out.extent.height; ++y) {
      for (int x = 0; x < out.extent.width; ++x) {
        const double row = place(y, out.extent.height, in.extent.height);
        const double column = place(x, out.extent.width, in.extent.width);
        const int top = static_cast<int>(row);
        const int left = static_cast<int>(column);
        const int low = std::min(top + 1, in.extent.height - 1);
        const int right = std::min(left + 1, in.extent.width - 1);
        const double ty = row - top;
        const double tx = column - left;
        out.At(c, y, x) = (1 - ty) * ((1 - tx) * in.At(c, top, left) + tx * in.At(c, top, right)) +
                          ty * ((1 - tx) * in.At(c, low, left) + tx * in.At(c, low, right));
      }
    }
  }
  return out;
}

/// Six planes of bytes as the network sees them.
inline Values Seen(std::span<const uint8_t> visual, int side) {
  Values seen({6, side, side});
  std::ranges::transform(visual, seen.data.begin(), [](uint8_t byte) { return byte / 255.0; });
  return seen;
}

/// All sources of a step side by side. `tensors`: of one frame, by number.
inline Values SourcesOf(const fused::Step& step, std::span<const Values> tensors,
                        std::span<const uint8_t> visual) {
  Values all({0, step.sources[0].extent.height, step.sources[0].extent.width});
  for (const fused::Source& source : step.sources) {
    const auto value = [&] {
      if (source.kind == fused::SourceKind::kVisual) return Seen(visual, source.extent.width);
      const Values& tensor = tensors[static_cast<size_t>(source.tensor)];
      return source.kind == fused::SourceKind::kUpsampled ? Doubled(tensor) : tensor;
    }();
    all.data.insert(all.data.end(), value.data.begin(), value.data.end());
    all.extent.channels += value.extent.channels;
  }
  return all;
}

/// The result of a step; of kOutput what goes into the sigmoid.
inline Values Evaluate(const fused::Step& step, std::span<const Values> tensors,
                       std::span<const uint8_t> visual) {
  Values in = SourcesOf(step, tensors, visual);
  if (step.kind == fused::StepKind::kBlock) {
    Extent middle = step.extent;
    middle.channels = step.expanded.channels;
    in = Convolve(*step.depthwise, Convolve(*step.expand, in, step.expanded), middle);
  }
  Values out = Convolve(*step.project, in, step.extent);
  if (step.residual < 0) return out;
  const Values& other = tensors[static_cast<size_t>(step.residual)];
  for (size_t i = 0; i < out.data.size(); ++i) out.data[i] += other.data[i];
  return out;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_STEP_REFERENCE_H_
