// Whole networks with the tables of kernels, against the same plan with the reference.
#include "infer/fused/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "infer/fused/int8_reference.h"
#include "infer/fused/int8_worker.h"
#include "infer/fused/kernel_tables.h"
#include "infer/fused/reference_kernels.h"
#include "infer/openvino/read_network.h"
#include "support/every_target.h"
#include "support/fixtures.h"

namespace mouthpiece::fused {
namespace {

/// A network of odd sizes with all that plans are made of, and inputs for it.
class Mixture {
 public:
  Mixture() {
    NetworkReading reading = ReadNetworkWithOpenVino(testing::Model("mixture"));
    network_ = std::make_unique<Network>(std::move(*reading.network));
    const auto side = static_cast<size_t>(network_->side);
    std::mt19937 random(5);
    visual_.resize(6 * side * side);
    for (uint8_t& value : visual_) value = static_cast<uint8_t>(random());
    size_t audio = 1;
    for (const int n : network_->audio_shape) audio *= static_cast<size_t>(n);
    audio_.resize(audio);
    std::normal_distribution<float> feature(0, 1);
    for (float& value : audio_) value = feature(random);
    picture_size_ = 3 * side * side;
  }

  template <typename T>
  std::vector<uint8_t> Run(const Kernels<T>& kernels,
                           std::optional<size_t> chained_values = std::nullopt) const {
    WeightMemory memory;
    const PackedPlan<T> plan =
        PackPlan<T>(*MakePlan(*network_, chained_values).plan, kernels, memory);
    Worker<T> worker(plan, kernels);
    const KernelThread<T> ready(kernels);
    std::vector<uint8_t> picture(picture_size_);
    worker.Run(visual_, audio_, picture);
    // A second frame finds nothing of the first.
    std::vector<uint8_t> again(picture_size_);
    worker.Run(visual_, audio_, again);
    EXPECT_EQ(picture, again);
    return picture;
  }

  /// The picture behind a frame whose audio is all `value`.
  template <typename T>
  std::vector<uint8_t> RunAfter(const Kernels<T>& kernels, float value) const {
    WeightMemory memory;
    const PackedPlan<T> plan = PackPlan<T>(*MakePlan(*network_).plan, kernels, memory);
    Worker<T> worker(plan, kernels);
    const KernelThread<T> ready(kernels);
    std::vector<uint8_t> picture(picture_size_);
    worker.Run(visual_, std::vector<float>(audio_.size(), value), picture);
    worker.Run(visual_, audio_, picture);
    return picture;
  }

  const Network& network() const { return *network_; }

 private:
  std::unique_ptr<const Network> network_;
  std::vector<uint8_t> visual_;
  std::vector<float> audio_;
  size_t picture_size_ = 0;
};

/// Spoils what a product may write behind the pixels that it is asked for.
template <typename Result>
void SpoilMargins(const ByteProduct<Result>& job, int written, Result rubbish) {
  const ptrdiff_t channels = BlockOf(job.outputs);
  for (ptrdiff_t block = 0; block < job.outputs / channels; ++block) {
    Result* row = job.result + block * job.result_stride;
    std::fill(row + written * channels, row + (job.pixels + kMarginPixels) * channels, rubbish);
  }
}

/// The reference with products that write whole margins, as tiles of many pixels may.
Kernels<Int8> SpoilingKernels() {
  Kernels<Int8> kernels = Int8ReferenceKernels();
  kernels.multiply = [](const ByteProduct<float>& job) {
    Int8ReferenceKernels().multiply(job);
    SpoilMargins(job, job.pixels, std::numeric_limits<float>::quiet_NaN());
  };
  kernels.expand = [](const ByteProduct<BFloat16>& job) {
    Int8ReferenceKernels().expand(job);
    SpoilMargins(job, RoundUp(job.pixels, 2), RoundTo<BFloat16>(1e9F));
  };
  return kernels;
}

double MeanDifference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

TEST(Worker, GivesThePictureOfTheReferenceWithEveryTableOfFloats) {
  const Mixture mixture;
  const std::vector<uint8_t> expected = mixture.Run(ReferenceKernels<float>());
  testing::OnEveryTarget([&] {
    for (const Kernels<float>& table : KernelTables<float>()) {
      EXPECT_LE(MeanDifference(mixture.Run(table), expected), 0.005) << table.name;
    }
  });
}

TEST(Worker, IsWithinALevelInBFloat16) {
  const Mixture mixture;
  const std::vector<uint8_t> expected = mixture.Run(ReferenceKernels<float>());
  for (const std::vector<uint8_t>& found : {mixture.Run(ReferenceKernels<BFloat16>()),
                                            mixture.Run(ReferenceKernels<PairedBFloat16>())}) {
    EXPECT_LE(MeanDifference(found, expected), 1.0);
    EXPECT_GT(MeanDifference(found, expected), 0.0);
  }
}

TEST(Worker, GivesThePictureOfTheReferenceWithEveryTableOfBFloat16) {
  if (!HasBFloat16Kernels()) GTEST_SKIP() << "this CPU has no products of bfloat16";
  const Mixture mixture;
  const auto check = [&]<typename T>(const Kernels<T>& reference) {
    const std::vector<uint8_t> expected = mixture.Run(reference);
    for (const Kernels<T>& table : KernelTables<T>()) {
      EXPECT_LE(MeanDifference(mixture.Run(table), expected), 1.0) << table.name;
    }
  };
  check(ReferenceKernels<BFloat16>());
  check(ReferenceKernels<PairedBFloat16>());
}

TEST(Worker, IsWithinTwoLevelsInInt8) {
  const Mixture mixture;
  const std::vector<uint8_t> expected = mixture.Run(ReferenceKernels<float>());
  for (const int largest_four : {kAnyFour, kLargestFour}) {
    Kernels<Int8> kernels = Int8ReferenceKernels();
    kernels.largest_four = largest_four;
    const std::vector<uint8_t> found = mixture.Run(kernels);
    EXPECT_LE(MeanDifference(found, expected), 2.0);
    EXPECT_GT(MeanDifference(found, expected), 0.0);
  }
}

TEST(Worker, GivesTheSamePictureWithNarrowTensorsAsWithPaddedOnes) {
  const Mixture mixture;
  WeightMemory memory;
  Kernels<Int8> kernels = Int8ReferenceKernels();
  const auto packed = PackPlan<Int8>(*MakePlan(mixture.network()).plan, kernels, memory);
  EXPECT_EQ(std::ranges::count_if(packed.forms, &TensorForms::is_narrow), 2);
  const std::vector<uint8_t> narrow = mixture.Run(kernels);
  kernels.has_narrow = false;
  EXPECT_EQ(mixture.Run(kernels), narrow);
}

TEST(Worker, KeepsRowsApartFromWhatProductsOfInt8WriteBehindThem) {
  const Mixture mixture;
  EXPECT_EQ(mixture.Run(SpoilingKernels()), mixture.Run(Int8ReferenceKernels()));
}

TEST(Worker, FindsNothingOfAFrameThatWasNoNumbers) {
  const Mixture mixture;
  const auto check = [&]<typename T>(const std::vector<Kernels<T>>& tables) {
    for (const Kernels<T>& table : tables) {
      const std::vector<uint8_t> expected = mixture.Run(table);
      for (const float value :
           {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        EXPECT_EQ(mixture.RunAfter(table, value), expected) << table.name << " after " << value;
      }
    }
  };
  check(std::vector{SpoilingKernels()});
  testing::OnEveryTarget([&] {
    check(KernelTables<float>());
    check(KernelTables<Int8>());
  });
  check(KernelTables<BFloat16>());
  check(KernelTables<PairedBFloat16>());
}

TEST(Worker, GivesThePictureOfTheReferenceWithEveryTableOfInt8) {
  const Mixture mixture;
  const auto expected = [&](int largest_four) {
    Kernels<Int8> reference = Int8ReferenceKernels();
    reference.largest_four = largest_four;
    return mixture.Run(reference);
  };
  const std::vector<uint8_t> of_any_four = expected(kAnyFour);
  const std::vector<uint8_t> of_limited_fours = expected(kLargestFour);
  testing::OnEveryTarget([&] {
    for (const Kernels<Int8>& table : KernelTables<Int8>()) {
      const auto& reference = table.largest_four == kAnyFour ? of_any_four : of_limited_fours;
      EXPECT_LE(MeanDifference(mixture.Run(table), reference), 0.1) << table.name;
    }
  });
}

TEST(Worker, GivesTheSamePictureWhenStepsAreChained) {
  const Mixture mixture;
  const auto check = [&]<typename T>(const std::vector<Kernels<T>>& tables) {
    for (const Kernels<T>& table : tables) {
      const std::vector<uint8_t> one_by_one = mixture.Run(table);
      EXPECT_EQ(mixture.Run(table, 0), one_by_one) << table.name;
    }
  };
  check(std::vector{ReferenceKernels<BFloat16>()});  // slow, but only AMX has a table like it
  check(std::vector{SpoilingKernels()});
  check(KernelTables<float>());
  check(KernelTables<BFloat16>());
  check(KernelTables<PairedBFloat16>());
  check(KernelTables<Int8>());
}

TEST(Plan, ChainsStepsOverLargePicturesAndKeepsFewOfTheirRows) {
  const Mixture mixture;
  const auto chained = [](const Plan& plan) {
    return std::ranges::count_if(plan.steps, [](const Step& step) { return step.is_chained; });
  };
  const auto cut = [](const Plan& plan) {
    return std::ranges::count_if(
        plan.tensors, [](const Tensor& tensor) { return tensor.rows < tensor.extent.height; });
  };
  for (const std::optional<size_t> none : {std::optional<size_t>(), {size_t{1} << 40}}) {
    const Plan plan = *MakePlan(mixture.network(), none).plan;
    EXPECT_EQ(chained(plan), 0);
    EXPECT_EQ(cut(plan), 0);
  }
  const Plan all = *MakePlan(mixture.network(), 0).plan;
  EXPECT_EQ(chained(all), 6);
  EXPECT_GT(cut(all), 0);
  EXPECT_LT(all.values, MakePlan(mixture.network()).plan->values);
}

}  // namespace
}  // namespace mouthpiece::fused
