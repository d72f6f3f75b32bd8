// Products of every table against the reference: one or two sources, any size.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "infer/fused/packed_plan.h"
#include "infer/fused/reference_kernels.h"
#include "support/fused_kernels.h"

namespace mouthpiece::fused {
namespace {

/// A product of random sizes and values, and the memory that it is about. Its sources are one
/// after the other, pixel after pixel, or block after block as a depthwise convolution leaves them;
/// there may be none, on top of sums that are there, of floats in the result itself.
template <typename T, typename Result>
class RandomProduct {
 public:
  RandomProduct(unsigned seed, int block, bool may_start) : random_(seed) {
    job_.pixels = random_.Up(70);
    const int outputs = random_.Up(70);
    const bool starts = may_start && random_.Toss();
    job_.source_count = starts ? random_.Up(3) - 1 : random_.Up(2);
    std::vector<int> depths;
    for (int s = 0; s < job_.source_count; ++s) depths.push_back(random_.Up(80));
    std::vector<float> bias(static_cast<size_t>(outputs));
    for (float& value : bias) value = random_.Draw();
    WeightMemory memory;
    packed_ = PackProduct<T>(
        bias, depths, block,
        [&](int, int, std::span<float> row) {
          for (float& value : row) value = random_.Draw();
        },
        memory);
    job_.weights = packed_.weights.data();
    job_.bias = packed_.bias.data();
    job_.outputs = PaddedChannels(outputs);
    job_.result_stride = ptrdiff_t{job_.pixels + kMarginPixels} * block;
    for (const int depth : depths) AddSource(depth);
    before_ = random_.Fill<Result>(static_cast<size_t>(packed_.outputs) *
                                   static_cast<size_t>(job_.pixels + kMarginPixels));
    if (!starts) return;
    job_.start_stride = ptrdiff_t{job_.pixels + kMarginPixels} * kBlockChannels;
    starts_in_result_ = std::is_same_v<Result, float> && random_.Toss();
    start_ = random_.Fill<float>(before_.size());
    job_.start = start_.data();
  }

  /// What a kernel leaves of the pixels and outputs that it is asked for; the margins and the rest
  /// of a block of outputs stay as they were.
  Buffer<Result> Run(void (*multiply)(const Product<T, Result>&), int block) {
    Buffer<Result> result(before_.size());
    std::copy_n(before_.data(), before_.size(), result.data());
    job_.result = result.data();
    if constexpr (std::is_same_v<Result, float>) {
      if (starts_in_result_) job_.start = result.data();
    }
    multiply(job_);
    for (ptrdiff_t first = 0; first < static_cast<ptrdiff_t>(result.size());
         first += job_.result_stride) {
      const ptrdiff_t margin = first + ptrdiff_t{job_.pixels} * block;
      std::copy(before_.data() + margin, before_.data() + first + job_.result_stride,
                result.data() + margin);
    }
    for (int n = job_.outputs; n < packed_.outputs; ++n) {
      for (int p = 0; p < job_.pixels; ++p) {
        const ptrdiff_t place = n / block * job_.result_stride + p * block + n % block;
        result.data()[place] = before_.data()[place];
      }
    }
    return result;
  }

 private:
  void AddSource(int depth) {
    const int channels = PaddedChannels(depth);
    const int pixels = job_.pixels + kMarginPixels;
    const bool blocked = random_.Toss();
    operands_.push_back(random_.Fill<T>(static_cast<size_t>(pixels) *
                                        static_cast<size_t>(channels + kDepthChannels)));
    job_.sources[operands_.size() - 1] = {
        operands_.back().data(), blocked ? kDepthChannels : channels,
        blocked ? ptrdiff_t{pixels} * kDepthChannels : kDepthChannels,
        Layout<T>::ReadChannels(depth)};
  }

  Random random_;
  Product<T, Result> job_;
  PackedProduct<T> packed_;
  std::vector<Buffer<T>> operands_;
  Buffer<Result> before_;
  Buffer<float> start_;
  bool starts_in_result_ = false;
};

template <typename T>
double Tolerance(double value) {
  constexpr double kStep = std::is_same_v<T, Half>       ? 1.0 / 1024
                           : std::is_same_v<T, BFloat16> ? 1.0 / 128
                                                         : 1e-4;
  return kStep * (std::abs(value) + 1);
}

/// The slots `slot` of `table` and of the reference give the same, for `count` random products.
template <typename T, typename Result>
void CheckSlot(const Kernels<T>& table, void (*Kernels<T>::*slot)(const Product<T, Result>&),
               int block, unsigned count) {
  const Kernels<T> reference = ReferenceKernels<T>();
  for (unsigned seed = 0; seed < count; ++seed) {
    SCOPED_TRACE(seed);
    RandomProduct<T, Result> product(seed, block, table.double_sums != nullptr);
    const Buffer<Result> expected = product.Run(reference.*slot, block);
    ExpectNear(product.Run(table.*slot, block), expected, Tolerance<Result>);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

template <typename T>
void CheckProducts() {
  WithEveryTable<T>([](const Kernels<T>& table) {
    CheckSlot(table, &Kernels<T>::multiply, kBlockChannels, 300);
  });
}

template <typename T>
void CheckProductsThatBeginABlock() {
  WithEveryTable<T>([](const Kernels<T>& table) {
    CheckSlot(table, &Kernels<T>::expand, Layout<T>::kWideChannels, 300);
  });
}

TEST(Products, OfFloatsAreTheReferences) { CheckProducts<float>(); }

TEST(Products, OfFloatsThatBeginABlockHaveItsRelu) { CheckProductsThatBeginABlock<float>(); }

TEST(Products, OfBFloat16AreTheReferences) {
  if (!HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  CheckProducts<BFloat16>();
  CheckProducts<PairedBFloat16>();
}

TEST(Products, OfBFloat16ThatBeginABlockHaveItsRelu) {
  if (!HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  CheckProductsThatBeginABlock<BFloat16>();
  CheckProductsThatBeginABlock<PairedBFloat16>();
}

}  // namespace
}  // namespace mouthpiece::fused
