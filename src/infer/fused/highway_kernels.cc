#include "infer/fused/highway_kernels.h"

#include <algorithm>
#include <cstring>

#include "base/dispatch.h"

// Blocks of 16 channels are whole vectors on every target named here.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/fused/highway_kernels.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
// A macro keeps the two above in their order.
#define MOUTHPIECE_MATH "hwy/contrib/math/math-inl.h"
#include MOUTHPIECE_MATH
#undef MOUTHPIECE_MATH

HWY_BEFORE_NAMESPACE();
namespace mouthpiece::fused {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kBlockChannels>;
using V = hn::Vec<D>;
using D32 = hn::RebindToUnsigned<D>;
using D16 = hn::Rebind<uint16_t, D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
constexpr int kVectors = kBlockChannels / kLanes;  // of a block

HWY_INLINE V LoadValues(const float* from) { return hn::LoadU(D(), from); }

HWY_INLINE V LoadValues(const BFloat16* from) {
  const auto bits = hn::LoadU(D16(), reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(D32(), bits)));
}

HWY_INLINE void StoreValues(V value, float* to) { hn::StoreU(value, D(), to); }

// Rounds to nearest, ties to even.
HWY_INLINE void StoreValues(V value, BFloat16* to) {
  const D32 d;
  const auto bits = hn::BitCast(d, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFF)));
  const hn::RebindToSigned<D> di;
  hn::StoreU(hn::DemoteTo(D16(), hn::BitCast(di, hn::ShiftRight<16>(rounded))), D16(),
             reinterpret_cast<uint16_t*>(to));
}

// ---------------------------------------------------------------- products of floats

// As many accumulators as there are registers for, with some left for the weights.
constexpr int kTileBlocks = kLanes == 16 ? 2 : 1;
constexpr int kTilePixels = kLanes == 16 ? 12 : (kLanes == 8 ? 6 : 3);

template <int kPixels, int kBlocks>
HWY_INLINE void MultiplyTile(const Product<float>& job, bool relu, int pixel, int block,
                             ptrdiff_t depth) {
  constexpr int kWide = kBlocks * kVectors;
  const D d;
  V sum[kPixels][kWide];
  const auto result = [&](int p, int w) {
    return job.result + (block + w / kVectors) * job.result_stride + (pixel + p) * kBlockChannels +
           (w % kVectors) * kLanes;
  };
  for (int w = 0; w < kWide; ++w) {
    const V bias = hn::LoadU(d, job.bias + block * kBlockChannels + w * kLanes);
    for (int p = 0; p < kPixels; ++p) {
      sum[p][w] = job.start == nullptr
                      ? bias
                      : hn::LoadU(d, job.start + (block + w / kVectors) * job.start_stride +
                                         (pixel + p) * kBlockChannels + (w % kVectors) * kLanes);
    }
  }
  const float* weights = job.weights + block * kBlockChannels * depth;
  for (int s = 0; s < job.source_count; ++s) {
    const Operand<float>& source = job.sources[s];
    const float* operand = source.data + pixel * source.pixel_stride;
    for (int done = 0; done < source.channels;
         done += kDepthChannels, operand += source.block_stride) {
      const int count = std::min(kDepthChannels, source.channels - done);
      for (int k = 0; k < count; ++k, weights += kBlockChannels) {
        V weight[kWide];
        for (int w = 0; w < kWide; ++w) {
          weight[w] = hn::LoadU(
              d, weights + (w / kVectors) * kBlockChannels * depth + (w % kVectors) * kLanes);
        }
        for (int p = 0; p < kPixels; ++p) {
          const V value = hn::Set(d, operand[p * source.pixel_stride + k]);
          for (int w = 0; w < kWide; ++w) sum[p][w] = hn::MulAdd(value, weight[w], sum[p][w]);
        }
      }
    }
  }
  for (int p = 0; p < kPixels; ++p) {
    for (int w = 0; w < kWide; ++w) {
      hn::StoreU(relu ? hn::Max(sum[p][w], hn::Zero(d)) : sum[p][w], d, result(p, w));
    }
  }
}

template <int kBlocks>
void MultiplyBlocks(const Product<float>& job, bool relu, int block, ptrdiff_t depth) {
  int p = 0;
  for (; p + kTilePixels <= job.pixels; p += kTilePixels) {
    MultiplyTile<kTilePixels, kBlocks>(job, relu, p, block, depth);
  }
  if constexpr (kTilePixels > 8) {
    for (; p + 8 <= job.pixels; p += 8) MultiplyTile<8, kBlocks>(job, relu, p, block, depth);
  }
  if constexpr (kTilePixels > 4) {
    for (; p + 4 <= job.pixels; p += 4) MultiplyTile<4, kBlocks>(job, relu, p, block, depth);
  }
  for (; p < job.pixels; ++p) MultiplyTile<1, kBlocks>(job, relu, p, block, depth);
}

HWY_INLINE void MultiplyAll(const Product<float>& job, bool relu) {
  ptrdiff_t depth = 0;
  for (int s = 0; s < job.source_count; ++s) depth += job.sources[s].channels;
  const int blocks = job.outputs / kBlockChannels;
  int block = 0;
  for (; block + kTileBlocks <= blocks; block += kTileBlocks) {
    MultiplyBlocks<kTileBlocks>(job, relu, block, depth);
  }
  for (; block < blocks; ++block) MultiplyBlocks<1>(job, relu, block, depth);
}

void MultiplyFloats(const Product<float>& job) { MultiplyAll(job, false); }
void ExpandFloats(const Product<float>& job) { MultiplyAll(job, true); }

// ---------------------------------------------------------------- depthwise

// Each column is read once and added to the three outputs that it touches.
void DepthwiseRow1(const DepthwiseRow<float>& job, int lane) {
  const D d;
  V weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x)
      weights[y][x] = hn::LoadU(d, job.weights + (y * 3 + x) * kBlockChannels + lane);
  }
  const V bias = hn::LoadU(d, job.bias + lane);
  const V zero = hn::Zero(d);
  V left = bias;  // output x - 1 at column x
  V here = bias;  // output x
  float* output = job.output + lane;
  const float* rows[3] = {job.rows[0] + lane, job.rows[1] + lane, job.rows[2] + lane};
  for (int x = 0; x < job.width; ++x) {
    V right = bias;
    for (int y = 0; y < 3; ++y) {
      const V value = hn::LoadU(d, rows[y] + x * kBlockChannels);
      left = hn::MulAdd(value, weights[y][2], left);
      here = hn::MulAdd(value, weights[y][1], here);
      right = hn::MulAdd(value, weights[y][0], right);
    }
    if (x > 0) StoreValues(hn::Max(left, zero), output + (x - 1) * job.output_stride);
    left = here;
    here = right;
  }
  StoreValues(hn::Max(left, zero), output + (job.width - 1) * job.output_stride);
}

void DepthwiseRow2(const DepthwiseRow<float>& job, int lane) {
  const D d;
  V weights[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x)
      weights[y][x] = hn::LoadU(d, job.weights + (y * 3 + x) * kBlockChannels + lane);
  }
  const V bias = hn::LoadU(d, job.bias + lane);
  for (int x = 0; x < job.output_width; ++x) {
    V sum = bias;
    for (int y = 0; y < 3; ++y) {
      const float* row = job.rows[y] + 2 * x * kBlockChannels + lane;
      if (x > 0) sum = hn::MulAdd(hn::LoadU(d, row - kBlockChannels), weights[y][0], sum);
      sum = hn::MulAdd(hn::LoadU(d, row), weights[y][1], sum);
      if (2 * x + 1 < job.width)
        sum = hn::MulAdd(hn::LoadU(d, row + kBlockChannels), weights[y][2], sum);
    }
    StoreValues(hn::Max(sum, hn::Zero(d)), job.output + x * job.output_stride + lane);
  }
}

void DepthwiseFloats(const DepthwiseRow<float>& job) {
  for (int lane = 0; lane < kBlockChannels; lane += kLanes) {
    if (job.stride == 1) {
      DepthwiseRow1(job, lane);
    } else {
      DepthwiseRow2(job, lane);
    }
  }
}

// ---------------------------------------------------------------- between the products

template <typename T>
void FinishProduct(const Finish<T>& job) {
  const V zero = hn::Zero(D());
  for (int p = 0; p < job.pixels; ++p) {
    const ptrdiff_t pixel = static_cast<ptrdiff_t>(p) * job.channels;
    for (int c = 0; c < job.channels; c += kLanes) {
      const float* product = job.product + (c / kBlockChannels) * job.product_stride +
                             p * kBlockChannels + c % kBlockChannels;
      V value = hn::LoadU(D(), product);
      if (job.residual != nullptr) value = hn::Add(value, LoadValues(job.residual + pixel + c));
      if (job.relu) value = hn::Max(value, zero);
      StoreValues(value, job.output + pixel + c);
    }
  }
}

// Output x lies at x * (width - 1) / (2 * width - 1): outputs 2k + 1 and 2k + 2 between columns k
// and k + 1, the first and the last on columns.
template <typename T>
void Upsample(const UpsampleRow<T>& job) {
  const D d;
  const V down = hn::Set(d, job.lower_weight);
  const float share = 1.0F / static_cast<float>(2 * job.width - 1);
  for (int c = 0; c < job.channels; c += kLanes) {
    const auto column = [&](int k) {
      const ptrdiff_t offset = static_cast<ptrdiff_t>(k) * job.channels + c;
      const V upper = LoadValues(job.upper + offset);
      return hn::MulAdd(hn::Sub(LoadValues(job.lower + offset), upper), down, upper);
    };
    T* output = job.output + c;
    V left = column(0);
    StoreValues(left, output);
    output += job.channels;
    for (int k = 0; k + 1 < job.width; ++k, output += ptrdiff_t{2} * job.channels) {
      const V right = column(k + 1);
      const V rise = hn::Sub(right, left);
      const V near = hn::Set(d, static_cast<float>(job.width - 1 - k) * share);
      const V far = hn::Set(d, static_cast<float>(2 * job.width - 2 - k) * share);
      StoreValues(hn::MulAdd(rise, near, left), output);
      StoreValues(hn::MulAdd(rise, far, left), output + job.channels);
      left = right;
    }
    StoreValues(left, output);
  }
}

HWY_INLINE void SetByte(uint8_t byte, float* to) { *to = static_cast<float>(byte); }

// Exact: a bfloat16 has eight bits of precision.
HWY_INLINE void SetByte(uint8_t byte, BFloat16* to) {
  *to = RoundTo<BFloat16>(static_cast<float>(byte));
}

template <typename T>
void Interleave(const uint8_t* planes, ptrdiff_t plane_stride, int pixels, T* output) {
  constexpr int kPlanes = 6;
  std::memset(output, 0, static_cast<size_t>(pixels) * kBlockChannels * sizeof(T));
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < kPlanes; ++c)
      SetByte(planes[c * plane_stride + p], output + p * kBlockChannels + c);
  }
}

template <class DF>
HWY_INLINE void PaintPixels(DF d, const float* product, uint8_t* planes, ptrdiff_t plane_stride) {
  const hn::RebindToSigned<DF> di;
  const hn::Rebind<uint8_t, DF> d8;
  constexpr size_t kPixels = hn::MaxLanes(d);
  constexpr size_t kRead = 4;  // of a pixel's channels
  HWY_ALIGN float pixels[kRead * kPixels];
  for (size_t p = 0; p < kPixels; ++p) {
    std::memcpy(pixels + kRead * p, product + p * kBlockChannels, kRead * sizeof(float));
  }
  hn::Vec<DF> channels[kRead];
  hn::LoadInterleaved4(d, pixels, channels[0], channels[1], channels[2], channels[3]);
  const auto one = hn::Set(d, 1.0F);
  for (int c = 0; c < 3; ++c) {
    const auto product_x = channels[c];
    const auto is_number = hn::Eq(product_x, product_x);
    // Beyond, the sigmoid is 0 or 1, and Exp would turn what is no int into one.
    const auto x =
        hn::Clamp(hn::IfThenElseZero(is_number, product_x), hn::Set(d, -88.0F), hn::Set(d, 88.0F));
    const auto sigmoid = hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(x))));
    const auto known = hn::IfThenElseZero(is_number, sigmoid);
    const auto bytes = hn::ConvertTo(di, hn::Mul(known, hn::Set(d, 255.0F)));
    hn::StoreU(hn::DemoteTo(d8, bytes), d8, planes + c * plane_stride);
  }
}

void Paint(const float* product, int pixels, uint8_t* planes, ptrdiff_t plane_stride) {
  int p = 0;
  for (; p + kLanes <= pixels; p += kLanes) {
    PaintPixels(D(), product + p * kBlockChannels, planes + p, plane_stride);
  }
  for (; p < pixels; ++p) {
    PaintPixels(hn::CappedTag<float, 1>(), product + p * kBlockChannels, planes + p, plane_stride);
  }
}

/// The slots that do not depend on how the products are made.
template <typename T>
Kernels<T> CommonKernels() {
  Kernels<T> kernels;
  kernels.finish = FinishProduct<T>;
  kernels.upsample = Upsample<T>;
  kernels.double_sums = Upsample<float>;
  kernels.interleave = Interleave<T>;
  kernels.paint = Paint;
  return kernels;
}

}  // namespace

Kernels<float> MakeFloatKernels() {
  Kernels<float> kernels = CommonKernels<float>();
  kernels.name = "f32";
  kernels.multiply = MultiplyFloats;
  kernels.expand = ExpandFloats;
  kernels.depthwise = DepthwiseFloats;
  return kernels;
}

Kernels<BFloat16> MakeBFloat16Kernels() { return CommonKernels<BFloat16>(); }

Kernels<PairedBFloat16> MakePairedBFloat16Kernels() { return CommonKernels<PairedBFloat16>(); }

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece::fused
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece::fused {

HWY_EXPORT(MakeFloatKernels);
HWY_EXPORT(MakeBFloat16Kernels);
HWY_EXPORT(MakePairedBFloat16Kernels);

template <>
Kernels<float> HighwayKernels() {
  return MOUTHPIECE_DISPATCH(MakeFloatKernels)();
}

template <>
Kernels<BFloat16> HighwayKernels() {
  return MOUTHPIECE_DISPATCH(MakeBFloat16Kernels)();
}

template <>
Kernels<PairedBFloat16> HighwayKernels() {
  return MOUTHPIECE_DISPATCH(MakePairedBFloat16Kernels)();
}

}  // namespace mouthpiece::fused
#endif  // HWY_ONCE
