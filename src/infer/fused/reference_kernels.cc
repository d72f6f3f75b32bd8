#include "infer/fused/reference_kernels.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace mouthpiece::fused {
namespace {

template <typename T, typename Result, bool kRelu>
void Multiply(const Product<T, Result>& job) {
  constexpr int kBlock = std::is_same_v<Result, float> ? kBlockChannels : Layout<T>::kWideChannels;
  int depth = 0;
  for (int s = 0; s < job.source_count; ++s) {
    depth += RoundUp(job.sources[s].channels, Layout<T>::kSourceChannels);
  }
  for (int n = 0; n < job.outputs; ++n) {
    for (int p = 0; p < job.pixels; ++p) {
      Result& result = job.result[n / kBlock * job.result_stride + p * kBlock + n % kBlock];
      const ptrdiff_t place =
          n / kBlockChannels * job.start_stride + p * kBlockChannels + n % kBlockChannels;
      double sum = job.start == nullptr ? job.bias[n] : job.start[place];
      int first = 0;
      for (int s = 0; s < job.source_count; ++s) {
        const Operand<T>& source = job.sources[s];
        const T* pixel = source.data + p * source.pixel_stride;
        for (int c = 0; c < source.channels; ++c) {
          const T value = pixel[c / kDepthChannels * source.block_stride + c % kDepthChannels];
          const T weight = job.weights[Layout<T>::WeightPlace(n, first + c, depth)];
          sum += double{ToFloat(weight)} * double{ToFloat(value)};
        }
        first += RoundUp(source.channels, Layout<T>::kSourceChannels);
      }
      result = RoundTo<Result>(static_cast<float>(kRelu ? std::max(sum, 0.0) : sum));
    }
  }
}

template <typename T>
void Depthwise(const DepthwiseRow<T>& job) {
  constexpr int kBlock = Layout<T>::kWideChannels;
  for (int x = 0; x < job.output_width; ++x) {
    for (int c = 0; c < kBlock; ++c) {
      double sum = ToFloat(job.bias[c]);
      for (int tap = 0; tap < 9; ++tap) {
        const int column = x * job.stride + tap % 3 - 1;
        if (column < 0 || column >= job.width) continue;
        sum += double{ToFloat(job.rows[tap / 3][column * kBlock + c])} *
               double{ToFloat(job.weights[tap * kBlock + c])};
      }
      job.output[x * job.output_stride + c] = RoundTo<T>(static_cast<float>(std::max(sum, 0.0)));
    }
  }
}

template <typename T>
void FinishProduct(const Finish<T>& job) {
  for (int p = 0; p < job.pixels; ++p) {
    for (int c = 0; c < job.channels; ++c) {
      const ptrdiff_t place = ptrdiff_t{p} * job.channels + c;
      double sum = job.product[c / kBlockChannels * job.product_stride + p * kBlockChannels +
                               c % kBlockChannels];
      if (job.residual != nullptr) sum += double{ToFloat(job.residual[place])};
      job.output[place] = RoundTo<T>(static_cast<float>(job.relu ? std::max(sum, 0.0) : sum));
    }
  }
}

template <typename T>
void Upsample(const UpsampleRow<T>& job) {
  for (int x = 0; x < 2 * job.width; ++x) {
    const double position =
        static_cast<double>(x) * (job.width - 1) / (2 * job.width - 1);  // corners aligned
    const int left = std::min(static_cast<int>(position), job.width - 1);
    const int right = std::min(left + 1, job.width - 1);
    for (int c = 0; c < job.channels; ++c) {
      const auto mix = [&](int column) {
        const ptrdiff_t place = ptrdiff_t{column} * job.channels + c;
        const double above = ToFloat(job.upper[place]);
        return above + (double{ToFloat(job.lower[place])} - above) * double{job.lower_weight};
      };
      const double value = mix(left) + (mix(right) - mix(left)) * (position - left);
      job.output[ptrdiff_t{x} * job.channels + c] = RoundTo<T>(static_cast<float>(value));
    }
  }
}

template <typename T>
void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels, T* output) {
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < kBlockChannels; ++c) {
      output[p * kBlockChannels + c] = RoundTo<T>(c < 6 ? planes[c * plane_stride + p] : 0.0F);
    }
  }
}

void Paint(const float* product, int pixels, uint8_t* planes, ptrdiff_t plane_stride) {
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < 3; ++c) {
      const double x = product[p * kBlockChannels + c];
      const double byte = std::isnan(x) ? 0.0 : 255.0 / (1.0 + std::exp(-x));
      planes[c * plane_stride + p] = static_cast<uint8_t>(byte);
    }
  }
}

}  // namespace

template <typename T>
Kernels<T> ReferenceKernels() {
  Kernels<T> kernels;
  kernels.name = "reference";
  kernels.multiply = Multiply<T, float, false>;
  kernels.expand = Multiply<T, typename Layout<T>::Wide, true>;
  kernels.depthwise = Depthwise<T>;
  kernels.finish = FinishProduct<T>;
  kernels.upsample = Upsample<T>;
  kernels.double_sums = Upsample<float>;
  kernels.interleave = Interleave<T>;
  kernels.paint = Paint;
  return kernels;
}

template Kernels<float> ReferenceKernels();
template Kernels<BFloat16> ReferenceKernels();
template Kernels<PairedBFloat16> ReferenceKernels();

}  // namespace mouthpiece::fused
