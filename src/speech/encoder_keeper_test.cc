#include "speech/encoder_keeper.h"

#include <gtest/gtest.h>

#include <utility>

#include "avatar/package.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/package.h"
#include "support/speaker.h"

namespace mouthpiece {
namespace {

TEST(EncoderKeeper, LendsWhatItLoadedForTheSameSettings) {
  const testing::Speaker speaker;
  const auto avatar = speaker.Open();
  EncoderKeeper keeper;
  const auto load = [&](const FeatureOptions& options) {
    return keeper.Borrow(PackageOf(*avatar), options).load_wall_s();
  };
  EXPECT_GT(load({}), 0);
  EXPECT_EQ(load({}), 0);
  EXPECT_GT(load({.batch = 3}), 0);
  EXPECT_GT(load({.batch = 3, .threads = 1}), 0);
  EXPECT_EQ(load({.batch = 3, .threads = 1}), 0);
}

TEST(EncoderKeeper, LendsEachEncoderToOne) {
  const testing::Speaker speaker;
  const auto avatar = speaker.Open();
  EncoderKeeper keeper;
  {
    EncoderKeeper::Loan first = keeper.Borrow(PackageOf(*avatar), {});
    const EncoderKeeper::Loan second = keeper.Borrow(PackageOf(*avatar), {});
    EXPECT_GT(second.load_wall_s(), 0);
    EXPECT_NE(&*first, &*second);
    const EncoderKeeper::Loan moved(std::move(first));
    EXPECT_EQ((*moved).batch(), (*second).batch());
  }
  EXPECT_EQ(keeper.Borrow(PackageOf(*avatar), {}).load_wall_s(), 0);
}

TEST(EncoderKeeper, SaysWhatAPackageWithoutEncoderNeeds) {
  const testing::TestPackage package;
  const auto avatar = Avatar::Open(package.path());
  EncoderKeeper keeper;
  testing::ExpectError(ErrorCode::kBadPackage, {"audio_encoder.onnx", "--features"},
                       [&] { keeper.Borrow(PackageOf(*avatar), {}); });
}

}  // namespace
}  // namespace mouthpiece
