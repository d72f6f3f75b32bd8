#include <cstring>
#include <type_traits>

#include "base/dispatch.h"
#include "infer/fused/highway_kernels.h"
#include "infer/fused/int8_highway_kernels.h"

// Blocks of 16 channels are whole vectors on every target named here.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/fused/int8_highway_products.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mouthpiece::fused {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kBlockChannels>;
using V = hn::Vec<D>;
using D32 = hn::RebindToSigned<D>;
using V32 = hn::Vec<D32>;
using DU32 = hn::RebindToUnsigned<D>;
using VU32 = hn::Vec<DU32>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
constexpr int kVectors = kBlockChannels / kLanes;  // of a block
constexpr ptrdiff_t kWeightTile = ptrdiff_t{kBlockChannels} * kQuadChannels;

/// Four neighbouring channels of one pixel, in all lanes.
HWY_INLINE V32 BroadcastQuad(const uint8_t* from) {
  int32_t quad = 0;
  std::memcpy(&quad, from, sizeof(quad));
  return hn::Set(D32(), quad);
}

HWY_INLINE V32 LoadQuads(const int8_t* from) {
  return hn::LoadU(D32(), reinterpret_cast<const int32_t*>(from));
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || !HWY_ARCH_X86
/// Products of bytes as 32-bit numbers, one channel of the four after the other.
struct WidenedQuads {
  static constexpr int kTilePixels = 2;
  using Weights = V32;
  using Values = V32;

  static HWY_INLINE V32 Prepare(V32 weights) { return weights; }
  static HWY_INLINE V32 Spread(V32 quad) { return quad; }
  template <int kShift>
  static HWY_INLINE V32 Product(V32 values, V32 weights) {
    const V32 value = hn::And(hn::ShiftRight<24 - kShift>(values), hn::Set(D32(), 0xFF));
    return hn::Mul(value, hn::ShiftRight<24>(hn::ShiftLeft<kShift>(weights)));
  }
  static HWY_INLINE V32 Add(V32 sum, V32 values, V32 weights) {
    return hn::Add(sum,
                   hn::Add(hn::Add(Product<0>(values, weights), Product<8>(values, weights)),
                           hn::Add(Product<16>(values, weights), Product<24>(values, weights))));
  }
};

/// Of numbers of 16 bits, the odd of `high` and the even of `low`, or zero where they are negative.
HWY_INLINE VU32 PositiveHalves(VU32 high, VU32 low) {
  const DU32 d;
  const auto keep = [&](VU32 value, unsigned half, unsigned sign) {
    return hn::IfThenElseZero(hn::Eq(hn::And(value, hn::Set(d, sign)), hn::Zero(d)),
                              hn::And(value, hn::Set(d, half)));
  };
  return hn::Or(keep(high, 0xFFFF0000, 0x80000000), keep(low, 0xFFFF, 0x8000));
}
#else
using D16 = hn::RepartitionToNarrow<D32>;
using V16 = hn::Vec<D16>;

/// Of numbers of 16 bits, the odd of `high` and the even of `low`, or zero where they are negative.
HWY_INLINE VU32 PositiveHalves(VU32 high, VU32 low) {
  const D16 d;
  const V16 both = hn::OddEven(hn::BitCast(d, high), hn::BitCast(d, low));
  return hn::BitCast(DU32(), hn::Max(both, hn::Zero(d)));
}

/// Products of bytes as 16-bit numbers: of even channels, and of odd ones.
struct WidenedQuads {
  static constexpr int kTilePixels = kLanes == 16 ? 8 : (kLanes == 8 ? 4 : 2);

  struct Pairs {
    V16 even;
    V16 odd;
  };
  using Weights = Pairs;
  using Values = Pairs;

  static HWY_INLINE Pairs Prepare(V32 weights) {
    const V16 both = hn::BitCast(D16(), weights);
    return {hn::ShiftRight<8>(hn::ShiftLeft<8>(both)), hn::ShiftRight<8>(both)};
  }
  static HWY_INLINE Pairs Spread(V32 quad) {
    const V16 low_bytes = hn::Set(D16(), 0xFF);
    return {hn::And(hn::BitCast(D16(), quad), low_bytes),
            hn::And(hn::BitCast(D16(), hn::ShiftRight<8>(quad)), low_bytes)};
  }
  static HWY_INLINE V32 AddPairs(V32 sum, V16 a, V16 b) {
    V32 unused = hn::Zero(D32());  // on x86, pairs are added up within their lane
    return hn::ReorderWidenMulAccumulate(D32(), a, b, sum, unused);
  }
  static HWY_INLINE V32 Add(V32 sum, const Pairs& values, const Pairs& weights) {
    return AddPairs(AddPairs(sum, values.even, weights.even), values.odd, weights.odd);
  }
};
#endif

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET <= HWY_AVX3
/// Products of bytes whose sums of four, over eight channels, are within 16 bits: kLargestFour.
/// Not Highway's operations, which lack this product.
struct PairedQuads {
  static constexpr int kTilePixels = kLanes == 16 ? 12 : 4;
#if HWY_TARGET == HWY_AVX2
  static HWY_INLINE V16 Multiply(V32 values, V32 weights) {
    return V16{_mm256_maddubs_epi16(values.raw, weights.raw)};
  }
  static HWY_INLINE V32 AddHalves(V16 both) {
    return V32{_mm256_madd_epi16(both.raw, _mm256_set1_epi16(1))};
  }
#else
  static HWY_INLINE V16 Multiply(V32 values, V32 weights) {
    return V16{_mm512_maddubs_epi16(values.raw, weights.raw)};
  }
  static HWY_INLINE V32 AddHalves(V16 both) {
    return V32{_mm512_madd_epi16(both.raw, _mm512_set1_epi16(1))};
  }
#endif
};

/// sums += the weights times channels of a tile's pixels.
HWY_INLINE void AddProducts(PairedQuads, const uint8_t* operand, ptrdiff_t stride, int channels,
                            const int8_t* weights,
                            V32 (&sums)[PairedQuads::kTilePixels][kVectors]) {
  constexpr int kPixels = PairedQuads::kTilePixels;
  constexpr ptrdiff_t kVectorBytes = ptrdiff_t{kLanes} * kQuadChannels;
  const int paired = channels / (2 * kQuadChannels) * 2 * kQuadChannels;
  if (paired < channels) {  // first, so that sums stay in registers behind the loop
    const int8_t* last = weights + paired / kQuadChannels * kWeightTile;
    for (int p = 0; p < kPixels; ++p) {
      const V32 values = BroadcastQuad(operand + p * stride + paired);
      for (int v = 0; v < kVectors; ++v) {
        sums[p][v] = PairedQuads::AddHalves(
            PairedQuads::Multiply(values, LoadQuads(last + v * kVectorBytes)));
      }
    }
  }
  for (int c = 0; c < paired; c += 2 * kQuadChannels, weights += 2 * kWeightTile) {
    V32 quads[2][kVectors];
    for (int v = 0; v < kVectors; ++v) {
      quads[0][v] = LoadQuads(weights + v * kVectorBytes);
      quads[1][v] = LoadQuads(weights + kWeightTile + v * kVectorBytes);
    }
    for (int p = 0; p < kPixels; ++p) {
      const V32 first = BroadcastQuad(operand + p * stride + c);
      const V32 second = BroadcastQuad(operand + p * stride + c + kQuadChannels);
      for (int v = 0; v < kVectors; ++v) {
        const V16 four = hn::Add(PairedQuads::Multiply(first, quads[0][v]),
                                 PairedQuads::Multiply(second, quads[1][v]));
        sums[p][v] = hn::Add(sums[p][v], PairedQuads::AddHalves(four));
      }
    }
  }
}

using PlainQuads = PairedQuads;
#else
using PlainQuads = WidenedQuads;
#endif

#if HWY_TARGET == HWY_AVX2
/// Products of bytes on AVX-VNNI. Not the intrinsic: Highway has no target for it.
struct VnniQuads {
  static constexpr int kTilePixels = 6;
  using Weights = V32;
  using Values = V32;

  static HWY_INLINE V32 Prepare(V32 weights) { return weights; }
  static HWY_INLINE V32 Spread(V32 quad) { return quad; }
  static HWY_INLINE V32 Add(V32 sum, V32 values, V32 weights) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(values.raw), "x"(weights.raw));
    return sum;
  }
};
#endif

/// Of a vector of outputs, for one pixel.
struct Epilogue {
  V weight_scales;
  V weight_sums;
  V bias;
};

HWY_INLINE V Finished(const ByteProduct<float>& job, const Epilogue& with, V32 sum, int pixel) {
  const D d;
  V value = hn::Mul(hn::ConvertTo(d, sum), hn::Set(d, job.source.scales[pixel]));
  if (job.source.lows != nullptr) {
    value = hn::MulAdd(hn::Set(d, job.source.lows[pixel]), with.weight_sums, value);
  }
  return hn::MulAdd(value, with.weight_scales, with.bias);
}

HWY_INLINE V Finished(const ByteProduct<BFloat16>& job, const Epilogue& with, V32 sum, int pixel) {
  const D d;
  V base = with.bias;
  if (job.source.lows != nullptr) {
    base = hn::MulAdd(hn::Set(d, job.source.lows[pixel]), with.weight_sums, base);
  }
  return hn::MulAdd(hn::ConvertTo(d, sum), hn::Set(d, job.source.scales[pixel]), base);
}

HWY_INLINE void StorePair(const ByteProduct<float>& job, V first, V second, int pixel, int block,
                          int lane) {
  float* to = job.result + block * job.result_stride + ptrdiff_t{pixel} * kBlockChannels + lane;
  hn::StoreU(first, D(), to);
  hn::StoreU(second, D(), to + kBlockChannels);
}

HWY_INLINE void StorePair(const ByteProduct<BFloat16>& job, V first, V second, int pixel, int block,
                          int lane) {
  const DU32 d;
  const auto half = hn::Set(d, 0x8000);
  const auto low = hn::ShiftRight<16>(hn::Add(hn::BitCast(d, first), half));
  const auto high = hn::Add(hn::BitCast(d, second), half);
  hn::StoreU(PositiveHalves(high, low), d,
             reinterpret_cast<uint32_t*>(job.result + block * job.result_stride +
                                         ColumnPlace(pixel, lane)));
}

/// Stores sums of vector v of the outputs, of pixels from p on. A recursion, so that every place is
/// a constant and sums stay in registers.
template <int p, int v, int kPixels, typename Result>
HWY_INLINE void StoreSums(const ByteProduct<Result>& job, const V32 (&sums)[kPixels][kVectors],
                          int pixel, int block) {
  const D d;
  if constexpr (v < kVectors) {
    if constexpr (p < kPixels) {
      const ptrdiff_t output = ptrdiff_t{block} * kBlockChannels + ptrdiff_t{v} * kLanes;
      const Epilogue with{
          job.weight_scales == nullptr ? hn::Zero(d) : hn::LoadU(d, job.weight_scales + output),
          hn::LoadU(d, job.weight_sums + output), hn::LoadU(d, job.bias + output)};
      StorePair(job, Finished(job, with, sums[p][v], pixel + p),
                Finished(job, with, sums[p + 1][v], pixel + p + 1), pixel + p, block, v * kLanes);
      StoreSums<p + 2, v>(job, sums, pixel, block);
    } else {
      StoreSums<0, v + 1>(job, sums, pixel, block);
    }
  }
}

/// sums += the weights times channels of a tile's pixels.
template <typename Quads>
HWY_INLINE void AddProducts(Quads, const uint8_t* operand, ptrdiff_t stride, int channels,
                            const int8_t* weights, V32 (&sums)[Quads::kTilePixels][kVectors]) {
  for (int c = 0; c < channels; c += kQuadChannels, weights += kWeightTile) {
    typename Quads::Weights quads[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      quads[v] = Quads::Prepare(LoadQuads(weights + ptrdiff_t{v} * kLanes * kQuadChannels));
    }
    for (int p = 0; p < Quads::kTilePixels; ++p) {
      const typename Quads::Values values = Quads::Spread(BroadcastQuad(operand + p * stride + c));
      for (int v = 0; v < kVectors; ++v) sums[p][v] = Quads::Add(sums[p][v], values, quads[v]);
    }
  }
}

template <typename Quads, typename Result>
HWY_INLINE void MultiplyTile(const ByteProduct<Result>& job, int pixel, int block) {
  V32 sums[Quads::kTilePixels][kVectors];
  for (auto& of_pixel : sums) {
    for (V32& sum : of_pixel) sum = hn::Zero(D32());
  }
  const int channels = job.source.channels;
  const ptrdiff_t stride = job.source.pixel_stride;
  AddProducts(Quads(), job.source.data + pixel * stride, stride, channels,
              job.weights + block * (channels / kQuadChannels) * kWeightTile, sums);
  StoreSums<0, 0>(job, sums, pixel, block);
}

/// What is left behind the last whole tile is rounded up to one.
template <typename Quads, typename Result>
HWY_INLINE void MultiplyAll(const ByteProduct<Result>& job) {
  for (int block = 0; block < job.outputs / kBlockChannels; ++block) {
    for (int p = 0; p < job.pixels; p += Quads::kTilePixels) MultiplyTile<Quads>(job, p, block);
  }
}

template <typename Quads>
void Multiply(const ByteProduct<float>& job) {
  MultiplyAll<Quads>(job);
}

template <typename Quads>
void Expand(const ByteProduct<BFloat16>& job) {
  MultiplyAll<Quads>(job);
  if (job.pixels % 2 == 0) return;
  for (int block = 0; block < job.outputs / kBlockChannels; ++block) {
    BFloat16* row = job.result + block * job.result_stride;
    for (int c = 0; c < kBlockChannels; ++c) row[ColumnPlace(job.pixels, c)] = {0};
  }
}

template <typename Quads>
void UseProducts(Kernels<Int8>& kernels) {
  kernels.multiply = Multiply<Quads>;
  kernels.expand = Expand<Quads>;
}

}  // namespace

void FillInt8Products(Kernels<Int8>& kernels, [[maybe_unused]] bool has_avx_vnni) {
  kernels.name = "int8";
  UseProducts<PlainQuads>(kernels);
#if HWY_TARGET == HWY_AVX2
  if (has_avx_vnni) {
    kernels.name = "int8 AVX-VNNI";
    UseProducts<VnniQuads>(kernels);
  }
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace mouthpiece::fused
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mouthpiece::fused {

HWY_EXPORT(FillInt8Products);

Kernels<Int8> Int8HighwayKernels(bool has_avx_vnni) {
  const Kernels<BFloat16> values = HighwayBFloat16Kernels();
  Kernels<Int8> kernels;
  UseHighwayRows(kernels);
  MOUTHPIECE_DISPATCH(FillInt8Products)(kernels, has_avx_vnni);
  kernels.upsample = values.upsample;
  kernels.paint = values.paint;
  return kernels;
}

}  // namespace mouthpiece::fused
#endif  // HWY_ONCE
