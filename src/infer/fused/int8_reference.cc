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
  int32_t sum = job.source.is_signed ? job.signed_starts[output] : 0;
  for (int c = 0; c < job.source.channels; ++c) {
    sum += job.weights[ByteWeightPlace(output, c, job.outputs, job.source.channels)] *
           int32_t{job.source.data[pixel * job.source.pixel_stride + c]};
  }
  return sum;
}

void Multiply(const ByteProduct<float>& job) {
  const int block = BlockOf(job.outputs);
  for (int n = 0; n < job.outputs; ++n) {
    for (int p = 0; p < job.pixels; ++p) {
      const float value = static_cast<float>(Sum(job, n, p)) * job.source.scales[p];
      job.result[n / block * job.result_stride + ptrdiff_t{p} * block + n % block] =
          std::fma(value, job.weight_scales[n], job.bias[n]);
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
    const ptrdiff_t place = output / kBlockChannels * halved.stride +
                            ptrdiff_t{pixel} * kBlockChannels + output % kBlockChannels;
    const float upper = halved.upper[place];
    return std::fma(halved.lower[place] - upper, halved.lower_weight, upper);
  };
  const float near = sum(x / 2);
  return std::fma(sum(x % 2 == 0 ? x / 2 - 1 : x / 2 + 1) - near, halved.shares[x], near);
}

void Expand(const ByteProduct<BFloat16>& job) {
  for (int n = 0; n < job.outputs; ++n) {
    BFloat16* row = job.result + n / kBlockChannels * job.result_stride;
    for (int p = 0; p < job.pixels; ++p) {
      const float base = job.halved.upper == nullptr ? job.bias[n] : Doubled(job.halved, n, p);
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
    }
  }
}

struct PixelRange {
  bool is_signed = false;
  float largest = 0;

  void Add(float value) { largest = std::max(largest, std::abs(value)); }
  float scale() const { return largest > kLeastRange ? largest * ByteStep(is_signed) : 0; }
  uint8_t Byte(float value) const {
    const float inverse = largest > kLeastRange ? ByteSteps(is_signed) / largest : 0;
    const float steps = std::nearbyint(value * inverse);
    if (std::isnan(steps)) return 0;
    return static_cast<uint8_t>(static_cast<int>(steps) + (is_signed ? kSignedZero : 0));
  }
};

void ToBytes(const std::vector<float>& values, bool is_signed, uint8_t* bytes, float& scale) {
  PixelRange range{.is_signed = is_signed};
  for (const float value : values) range.Add(value);
  for (size_t c = 0; c < values.size(); ++c) bytes[c] = range.Byte(values[c]);
  scale = range.scale();
}

void Compress(const Compression& job) {
  std::vector<float> values(static_cast<size_t>(job.channels));
  for (int p = 0; p < job.pixels; ++p) {
    for (int c = 0; c < job.channels; ++c) {
      values[static_cast<size_t>(c)] =
          job.values[c / kBlockChannels * job.values_stride + ptrdiff_t{p} * kBlockChannels +
                     c % kBlockChannels];
    }
    ToBytes(values, false, job.bytes + ptrdiff_t{p} * job.channels, job.scales[p]);
  }
}

void FinishProduct(const ByteFinish& job) {
  const int block = BlockOf(job.channels);
  std::vector<float> values(static_cast<size_t>(job.channels));
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = ptrdiff_t{p} * job.channels;
    for (int c = 0; c < job.channels; ++c) {
      float& value = values[static_cast<size_t>(c)];
      value = job.product[c / block * job.product_stride + ptrdiff_t{p} * block + c % block];
      if (job.residual != nullptr) value += ToFloat(job.residual[pixel + c]);
      if (job.relu) value = std::max(value, 0.0F);
      if (job.values != nullptr) job.values[pixel + c] = RoundTo<BFloat16>(value);
    }
    if (job.bytes != nullptr) ToBytes(values, !job.relu, job.bytes + pixel, job.scales[p]);
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
    ToBytes(values, job.is_signed, job.bytes + ptrdiff_t{p} * channels, job.scales[p]);
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
  kernels.has_narrow = true;
  kernels.multiply = Multiply;
  kernels.expand = Expand;
  kernels.depthwise = Depthwise;
  kernels.compress = Compress;
  kernels.finish = FinishProduct;
  kernels.quantize = Quantize;
  kernels.upsample = values.upsample;
  kernels.interleave = Interleave;
  kernels.paint = values.paint;
  return kernels;
}

}  // namespace mouthpiece::fused
