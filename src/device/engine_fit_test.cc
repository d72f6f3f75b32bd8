#include "device/engine_fit.h"

#include <gtest/gtest.h>

#include "avatar/package.h"
#include "mouthpiece/avatar.h"
#include "support/errors.h"
#include "support/fixtures.h"
#include "support/package.h"

namespace mouthpiece {
namespace {

using testing::ExpectError;
using testing::TestPackage;

constexpr int64_t kRowSize = 512;

/// An engine that fits the drawn package.
EngineInfo Fitting(const Package& package, Precision precision) {
  EngineInfo info;
  info.model = package.generator;
  info.geometry = package.geometry;
  info.audio_shape = {32, 16, 16};
  info.precision = precision;
  return info;
}

TEST(CheckEngineFits, AcceptsThePackagesOwnGenerator) {
  const auto avatar = Avatar::Open(testing::DrawnPackage());
  const Package& package = PackageOf(*avatar);
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    EXPECT_NO_THROW(CheckEngineFits(Fitting(package, precision), package));
    EXPECT_NO_THROW(CheckFeatureRows(Fitting(package, precision), kRowSize));
  }
}

TEST(CheckEngineFits, NamesTheFileWhosePicturesOrWindowsHaveAnotherSize) {
  const auto avatar = Avatar::Open(testing::DrawnPackage());
  const Package& package = PackageOf(*avatar);
  EngineInfo info = Fitting(package, Precision::kF32);
  info.geometry.inner = 160;
  ExpectError(ErrorCode::kBadPackage, {"model_best.onnx", "320", "160"},
              [&] { CheckEngineFits(info, package); });
  info = Fitting(package, Precision::kF32);
  info.audio_shape = {3, 16, 16};
  ExpectError(ErrorCode::kBadPackage, {"model_best.onnx", "512", "3x16x16"},
              [&] { CheckFeatureRows(info, kRowSize); });
}

}  // namespace
}  // namespace mouthpiece
