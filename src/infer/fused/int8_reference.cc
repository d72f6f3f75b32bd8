#include "infer/fused/int8_reference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "infer/fused/reference_kernels.h"

namespace mouthpiece::fused {
namespace {

template <typename Result>
int32_t Sum(const ByteProduct<Result>& job, int output, int pixel) {
  int32_t sum = 0;
  for (int c = 0; c < job.source.channels; ++c) {
    sum += job.weights[ByteWeightPlace(output, c, job.source.channels)] *
           int32_t{job.source.data[pixel * job.source.pixel_stride + c]};
  }
  return sum;
}

void Multiply(const ByteProduct<float>& job) {
  for (int n = 0; n < job.outputs; ++n) {
    for (int p = 0; p < job.pixels; ++p) {
      float value = static_cast<float>(Sum(job, n, p)) * job.source.scales[p];
      if (job.source.lows != nullptr) {
        value = std::fma(job.source.lows[p], job.weight_sums[n], value);
      }
      job.result[n / kBlockChannels * job.result_stride + ptrdiff_t{p} * kBlockChannels +
                 n % kBlockChannels] = std::fma(value, job.weight_scales[n], job.bias[n]);
    }
  }
}

/// The ReLU as a bfloat16, the nearest, of two the larger.
BFloat16 ReluOf(float value) {
  if (std::signbit(value)) return {0};
  return {static_cast<uint16_t>((std::bit_cast<uint32_t>(value) + 0x8000) >> 16)};
}

float Doubled(const HalvedSums& halved, int output, int x) {
  const auto sum = [&](int pixel) {
    return halved.sums[output / kBlockChannels * halved.stride + ptrdiff_t{pixel} * kBlockChannels +
                       output % kBlockChannels];
  };
  const float near = sum(x / 2);
  return std::fma(sum(x % 2 == 0 ? x / 2 - 1 : x / 2 + 1) - near, halved.shares[x], near);
}

void Expand(const ByteProduct<BFloat16>& job) {
  for (int n = 0; n < job.outputs; ++n) {
    BFloat16* row = job.result + n / kBlockChannels * job.result_stride;
    for (int p = 0; p < job.pixels; ++p) {
      float base = job.halved.sums == nullptr ? job.bias[n] : Doubled(job.halved, n, p);
      if (job.source.lows != nullptr) {
        base = std::fma(job.source.lows[p], job.weight_sums[n], base);
      }
      row[ColumnPlace(p, n % kBlockChannels)] =
          ReluOf(std::fma(static_cast<float>(Sum(job, n, p)), job.source.scales[p], base));
    }
    if (job.pixels % 2 == 1) row[ColumnPlace(job.pixels, n % kBlockChannels)] = {0};
  }
}

void Depthwise(const FilteredRow& job) {
  for (int x = job.begin; x < job.end; ++x) {
    for (int c = 0; c < kBlockChannels; ++c) {
      double sum = job.bias[c];
      for (int y = 0; y < 3; ++y) {
        const auto weight = [&](int kind, int place) {
          return double{
              ToFloat(job.weights[((y * kPairWeights + kind) * kBlockChannels + c) * 2 + place])};
        };
        const auto sample = [&](int column) {
          if (column < 0 || column >= job.width) return 0.0;
          return double{ToFloat(job.rows[y][ColumnPlace(column, c)])};
        };
        const int middle = x * job.stride;
        sum += sample(middle - 1) * weight(kToRight, 1) + sample(middle) * weight(kToFirst, 0) +
               sample(middle + 1) * weight(kToFirst, 1);
      }
      const ptrdiff_t place = ptrdiff_t{x - job.begin} * kBlockChannels + c;
      job.output[place] = static_cast<float>(std::max(sum, 0.0));
      job.peaks[place] =
          job.is_first ? job.output[place] : std::max(job.peaks[place], job.output[place]);
    }
  }
}

struct PixelRange {
  float low = 0;
  float high = 0;

  void Add(float value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  float range() const { return high - low; }
  float scale() const { return range() > kLeastRange ? range() * kByteStep : 0; }
  uint8_t Byte(float value) const {
    const float inverse = range() > kLeastRange ? 255.0F / range() : 0;
    return static_cast<uint8_t>(std::nearbyint((value - low) * inverse));
  }
};

void Compress(const Compression& job) {
  for (int p = 0; p < job.pixels; ++p) {
    PixelRange range;
    for (int c = 0; c < kBlockChannels; ++c) range.Add(job.peaks[p * kBlockChannels + c]);
    for (int c = 0; c < job.channels; ++c) {
      job.bytes[ptrdiff_t{p} * job.channels + c] =
          range.Byte(job.values[c / kBlockChannels * job.values_stride +
                                ptrdiff_t{p} * kBlockChannels + c % kBlockChannels]);
    }
    job.scales[p] = range.scale();
  }
}

void ToBytes(const std::vector<float>& values, uint8_t* bytes, float& scale, float& low) {
  PixelRange range;
  for (const float value : values) range.Add(value);
  for (size_t c = 0; c < values.size(); ++c) bytes[c] = range.Byte(values[c]);
  scale = range.scale();
  low = range.low;
}

void FinishProduct(const ByteFinish& job) {
  std::vector<float> values(static_cast<size_t>(job.channels));
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = ptrdiff_t{p} * job.channels;
    for (int c = 0; c < job.channels; ++c) {
      float& value = values[static_cast<size_t>(c)];
      value = job.product[c / kBlockChannels * job.product_stride + ptrdiff_t{p} * kBlockChannels +
                          c % kBlockChannels];
      if (job.residual != nullptr) value += ToFloat(job.residual[pixel + c]);
      if (job.relu) value = std::max(value, 0.0F);
      if (job.values != nullptr) job.values[pixel + c] = RoundTo<BFloat16>(value);
    }
    if (job.bytes != nullptr) ToBytes(values, job.bytes + pixel, job.scales[p], job.lows[p]);
  }
}

void Quantize(const Quantization& job) {
  const int channels = job.channels[0] + job.channels[1];
  std::vector<float> values(static_cast<size_t>(channels));
  for (int p = 0; p < job.pixels; ++p) {
    size_t next = 0;
    for (int s = 0; s < 2; ++s) {
      for (int c = 0; c < job.channels[s]; ++c) {
        values[next++] = ToFloat(job.sources[s][ptrdiff_t{p} * job.channels[s] + c]);
      }
    }
    ToBytes(values, job.bytes + ptrdiff_t{p} * channels, job.scales[p], job.lows[p]);
  }
}

void Blend(const float* upper, const float* lower, float lower_weight, int count, float* output) {
  for (int i = 0; i < count; ++i) {
    output[i] = std::fma(lower[i] - upper[i], lower_weight, upper[i]);
  }
}

void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels, uint8_t* output) {
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < kVisualChannels; ++c) {
      output[p * kVisualChannels + c] = c < 6 ? planes[c * plane_stride + p] : uint8_t{0};
    }
  }
}

}  // namespace

Kernels<Int8> Int8ReferenceKernels() {
  const Kernels<BFloat16> values = ReferenceKernels<BFloat16>();
  Kernels<Int8> kernels;
  kernels.name = "int8 reference";
  kernels.multiply = Multiply;
  kernels.expand = Expand;
  kernels.depthwise = Depthwise;
  kernels.compress = Compress;
  kernels.finish = FinishProduct;
  kernels.quantize = Quantize;
  kernels.upsample = values.upsample;
  kernels.blend = Blend;
  kernels.interleave = Interleave;
  kernels.paint = values.paint;
  return kernels;
}

}  // namespace mouthpiece::fused
