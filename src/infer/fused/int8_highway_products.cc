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
  static constexpr int kLargestFour = kAnyFour;
  static constexpr int kTilePixels = 2;
  static constexpr int kTileVectors = kVectors;
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
  static constexpr int kLargestFour = kAnyFour;
  static constexpr int kTilePixels = kLanes == 16 ? 8 : (kLanes == 8 ? 4 : 2);
  static constexpr int kTileVectors = kVectors;

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
  static constexpr int kLargestFour = fused::kLargestFour;
  static constexpr int kTilePixels = kLanes == 16 ? 12 : 8;
  static constexpr int kTileVectors = 1;
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
                            const int8_t* weights, V32 (&sums)[PairedQuads::kTilePixels][1]) {
  const int paired = channels / (2 * kQuadChannels) * 2 * kQuadChannels;
  if (paired < channels) {  // first, so that sums stay in registers behind the loop
    const V32 quads = LoadQuads(weights + paired / kQuadChannels * kWeightTile);
    for (int p = 0; p < PairedQuads::kTilePixels; ++p) {
      const V32 values = BroadcastQuad(operand + p * stride + paired);
      const V32 product = PairedQuads::AddHalves(PairedQuads::Multiply(values, quads));
      sums[p][0] = hn::Add(sums[p][0], product);
    }
  }
  for (int c = 0; c < paired; c += 2 * kQuadChannels, weights += 2 * kWeightTile) {
    const V32 first = LoadQuads(weights);
    const V32 second = LoadQuads(weights + kWeightTile);
    for (int p = 0; p < PairedQuads::kTilePixels; ++p) {
      const uint8_t* of_pixel = operand + p * stride + c;
      const V16 four =
          hn::Add(PairedQuads::Multiply(BroadcastQuad(of_pixel), first),
                  PairedQuads::Multiply(BroadcastQuad(of_pixel + kQuadChannels), second));
      sums[p][0] = hn::Add(sums[p][0], PairedQuads::AddHalves(four));
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
  static constexpr int kLargestFour = kAnyFour;
  static constexpr int kTilePixels = 6;
  static constexpr int kTileVectors = kVectors;
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

/// What becomes of the sums of a vector of outputs, from number `output` on.
template <bool kHalved, typename Result>
class Epilogue {
 public:
  HWY_INLINE Epilogue(const ByteProduct<Result>& job, int pixel, ptrdiff_t output)
      : scales_(job.source.scales),
        halved_(job.halved),
        bias_(kHalved ? hn::Zero(D()) : hn::LoadU(D(), job.bias + output)),
        result_(job.result + output / kBlockChannels * job.result_stride),
        lane_(static_cast<int>(output % kBlockChannels)) {
    weight_scales_ = kIsFloat ? hn::LoadU(D(), job.weight_scales + output) : bias_;
    if constexpr (kHalved) {
      const ptrdiff_t first =
          output / kBlockChannels * halved_.stride + ptrdiff_t{pixel / 2} * kBlockChannels + lane_;
      halved_.upper += first;
      halved_.lower += first;
      left_ = Blended(-kBlockChannels);
      near_ = Blended(0);
    }
  }

  /// Of a pixel and the next.
  HWY_INLINE void StorePair(V32 first, V32 second, int pixel) {
    V bases[] = {bias_, bias_};
    if constexpr (kHalved) {
      halved_.upper += kBlockChannels;
      halved_.lower += kBlockChannels;
      const V right = Blended(0);
      bases[0] = Between(near_, left_, halved_.shares[pixel]);
      bases[1] = Between(near_, right, halved_.shares[pixel + 1]);
      left_ = near_;
      near_ = right;
    }
    const V values[] = {Finished(first, pixel, bases[0]), Finished(second, pixel + 1, bases[1])};
    if constexpr (kIsFloat) {
      float* to = result_ + ptrdiff_t{pixel} * kBlockChannels + lane_;
      hn::StoreU(values[0], D(), to);
      hn::StoreU(values[1], D(), to + kBlockChannels);
    } else {
      const DU32 d;
      const auto half = hn::Set(d, 0x8000);
      const auto low = hn::ShiftRight<16>(hn::Add(hn::BitCast(d, values[0]), half));
      const auto high = hn::Add(hn::BitCast(d, values[1]), half);
      hn::StoreU(PositiveHalves(high, low), d,
                 reinterpret_cast<uint32_t*>(result_ + ColumnPlace(pixel, lane_)));
    }
  }

 private:
  static constexpr bool kIsFloat = std::is_same_v<Result, float>;

  static HWY_INLINE V Between(V near, V far, float share) {
    return hn::MulAdd(hn::Sub(far, near), hn::Set(D(), share), near);
  }

  HWY_INLINE V Blended(ptrdiff_t place) const {
    const D d;
    return Between(hn::LoadU(d, halved_.upper + place), hn::LoadU(d, halved_.lower + place),
                   halved_.lower_weight);
  }

  HWY_INLINE V Finished(V32 sum, int pixel, V base) const {
    const D d;
    const V value = hn::ConvertTo(d, sum);
    const V scale = hn::Set(d, scales_[pixel]);
    if constexpr (kIsFloat) {
      return hn::MulAdd(hn::Mul(value, scale), weight_scales_, base);
    } else {
      return hn::MulAdd(value, scale, base);
    }
  }

  const float* scales_;
  HalvedSums halved_;  // from the pixel behind the last two on
  V weight_scales_;
  V bias_;
  V near_ = hn::Zero(D());  // of that pixel, blended, and before it
  V left_ = near_;
  Result* result_;
  int lane_;
};

/// Stores sums of vector v, of pixels from p on. A recursion, so that every place is a constant and
/// sums stay in registers.
template <int p, int v, int kPixels, int kTileVectors, typename ToResult>
HWY_INLINE void StoreVector(ToResult& to, const V32 (&sums)[kPixels][kTileVectors], int pixel) {
  if constexpr (p < kPixels) {
    to.StorePair(sums[p][v], sums[p + 1][v], pixel + p);
    StoreVector<p + 2, v>(to, sums, pixel);
  }
}

/// Stores sums of vectors from v on, the first of which is of outputs from number `output` on.
template <bool kHalved, int v, int kPixels, int kTileVectors, typename Result>
HWY_INLINE void StoreSums(const ByteProduct<Result>& job, const V32 (&sums)[kPixels][kTileVectors],
                          int pixel, ptrdiff_t output) {
  if constexpr (v < kTileVectors) {
    Epilogue<kHalved, Result> to(job, pixel, output);
    StoreVector<0, v>(to, sums, pixel);
    StoreSums<kHalved, v + 1>(job, sums, pixel, output + kLanes);
  }
}

/// sums += the weights times channels of a tile's pixels.
template <typename Quads>
HWY_INLINE void AddProducts(Quads, const uint8_t* operand, ptrdiff_t stride, int channels,
                            const int8_t* weights,
                            V32 (&sums)[Quads::kTilePixels][Quads::kTileVectors]) {
  for (int c = 0; c < channels; c += kQuadChannels, weights += kWeightTile) {
    typename Quads::Weights quads[Quads::kTileVectors];
    for (int v = 0; v < Quads::kTileVectors; ++v) {
      quads[v] = Quads::Prepare(LoadQuads(weights + ptrdiff_t{v} * kLanes * kQuadChannels));
    }
    for (int p = 0; p < Quads::kTilePixels; ++p) {
      const typename Quads::Values values = Quads::Spread(BroadcastQuad(operand + p * stride + c));
      for (int v = 0; v < Quads::kTileVectors; ++v) {
        sums[p][v] = Quads::Add(sums[p][v], values, quads[v]);
      }
    }
  }
}

/// Of outputs from number `output` on.
template <bool kSigned, bool kHalved, typename Quads, typename Result>
HWY_INLINE void MultiplyTile(const ByteProduct<Result>& job, int pixel, ptrdiff_t output) {
  V32 sums[Quads::kTilePixels][Quads::kTileVectors];
  for (int v = 0; v < Quads::kTileVectors; ++v) {
    const V32 start =
        kSigned ? hn::LoadU(D32(), job.signed_starts + output + v * kLanes) : hn::Zero(D32());
    for (auto& of_pixel : sums) of_pixel[v] = start;
  }
  const int channels = job.source.channels;
  const ptrdiff_t stride = job.source.pixel_stride;
  AddProducts(Quads(), job.source.data + pixel * stride, stride, channels,
              job.weights + output / kBlockChannels * (channels / kQuadChannels) * kWeightTile +
                  output % kBlockChannels * kQuadChannels,
              sums);
  StoreSums<kHalved, 0>(job, sums, pixel, output);
}

/// What is left behind the last whole tile is rounded up to one.
template <bool kSigned, bool kHalved, typename Quads, typename Result>
HWY_INLINE void MultiplyOutputs(const ByteProduct<Result>& job) {
  for (int output = 0; output < job.outputs; output += Quads::kTileVectors * kLanes) {
    for (int p = 0; p < job.pixels; p += Quads::kTilePixels) {
      MultiplyTile<kSigned, kHalved, Quads>(job, p, output);
    }
  }
}

/// By value: what is stored cannot be what it points at.
template <bool kHalved, typename Quads, typename Result>
HWY_INLINE void MultiplyAll(ByteProduct<Result> job) {
  if (job.source.is_signed) {
    MultiplyOutputs<true, kHalved, Quads>(job);
  } else {
    MultiplyOutputs<false, kHalved, Quads>(job);
  }
}

template <typename Quads>
void Multiply(const ByteProduct<float>& job) {
  MultiplyAll<false, Quads, float>(job);
}

template <typename Quads>
void Expand(const ByteProduct<BFloat16>& job) {
  if (job.halved.upper == nullptr) {
    MultiplyAll<false, Quads, BFloat16>(job);
  } else {
    MultiplyAll<true, Quads, BFloat16>(job);
  }
  if (job.pixels % 2 == 0) return;
  for (int block = 0; block < job.outputs / kBlockChannels; ++block) {
    BFloat16* row = job.result + block * job.result_stride;
    for (int c = 0; c < kBlockChannels; ++c) row[ColumnPlace(job.pixels, c)] = {0};
  }
}

template <typename Quads>
void UseProducts(Kernels<Int8>& kernels) {
  kernels.largest_four = Quads::kLargestFour;
  kernels.multiply = Multiply<Quads>;
  kernels.expand = Expand<Quads>;
}

}  // namespace

void FillInt8Products(Kernels<Int8>& kernels, [[maybe_unused]] bool has_avx_vnni) {
  kernels.name = std::is_same_v<PlainQuads, WidenedQuads> ? "int8" : "int8 in 16 bits";
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
  const Kernels<BFloat16> values = HighwayKernels<BFloat16>();
  Kernels<Int8> kernels;
  UseHighwayRows(kernels);
  MOUTHPIECE_DISPATCH(FillInt8Products)(kernels, has_avx_vnni);
  kernels.upsample = values.upsample;
  kernels.paint = values.paint;
  return kernels;
}

}  // namespace mouthpiece::fused
#endif  // HWY_ONCE
