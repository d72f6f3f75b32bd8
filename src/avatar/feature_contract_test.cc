#include "avatar/feature_contract.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;

using Shape = std::array<int, 3>;

TEST(CheckFeatureContract, KnowsTheRowsOfEachKindOfNetwork) {
  const std::pair<Shape, int64_t> kinds[] = {{{32, 16, 16}, 512},
                                             {{32, 32, 32}, 2048},
                                             {{16, 32, 32}, 2048},
                                             {{256, 16, 32}, 8192},
                                             {{128, 16, 32}, 8192}};
  for (const auto& [shape, row_size] : kinds) {
    EXPECT_NO_THROW(CheckFeatureContract(shape, "g.onnx", row_size));
    for (const int64_t other : {1, 256, 512, 1024, 2048, 4096, 8192}) {
      if (other == row_size) continue;
      ExpectError(ErrorCode::kBadPackage, {"g.onnx", "feature rows of " + std::to_string(other)},
                  [&] { CheckFeatureContract(shape, "g.onnx", other); });
    }
  }
}

TEST(CheckFeatureContract, NamesTheFileAndWhatItLooksLike) {
  FeatureOrigin features(1024);
  features.file = "folder/aud.npy";
  features.shape = {522, 1024};
  ExpectError(ErrorCode::kBadPackage,
              {"folder/aud.npy: ", "[rows, 512]", "32x16x16", "g.onnx", "[522, 1024]", "HuBERT?"},
              [&] {
                CheckFeatureContract({32, 16, 16}, "models/g.onnx", features);
              });
}

TEST(CheckFeatureContract, WantsAnEvenNumberOfRowsElsewhere) {
  for (const int64_t row_size : {1, 2, 5, 10, 30}) {
    EXPECT_NO_THROW(CheckFeatureContract({4, 3, 5}, "g.onnx", row_size)) << row_size;
  }
  for (const int64_t row_size : {4, 7, 60, 512}) {
    ExpectError(ErrorCode::kBadPackage, {"g.onnx", "4x3x5", std::to_string(row_size)}, [&] {
      CheckFeatureContract({4, 3, 5}, "g.onnx", row_size);
    });
  }
}

TEST(CheckFeatureContract, HasNothingToSayWithoutFeatures) {
  EXPECT_NO_THROW(CheckFeatureContract({32, 16, 16}, "g.onnx", 0));
}

}  // namespace
}  // namespace mouthpiece
