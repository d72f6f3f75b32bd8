#include "network/onnx_axes.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

using Shape = std::vector<int64_t>;

TEST(OnnxAxes, CountFromBehindWhereTheyAreNegative) {
  EXPECT_EQ(AxisOf(0, 3), 0U);
  EXPECT_EQ(AxisOf(-1, 3), 2U);
  EXPECT_EQ(AxisOf(3, 3), std::nullopt);
  EXPECT_EQ(AxisOf(-4, 3), std::nullopt);
}

TEST(OnnxAxes, OfSizeOneAreTakenAway) {
  EXPECT_EQ(SqueezedShape({1, 3, 1, 1}, {}), Shape{3});
  EXPECT_EQ(SqueezedShape({1, 3, 1, 1}, {-1, 2}), (Shape{1, 3}));
  EXPECT_EQ(SqueezedShape({1, 3, 1}, {1}), std::nullopt);
  EXPECT_EQ(SqueezedShape({1, 3, 1}, {3}), std::nullopt);
}

TEST(OnnxAxes, OfSizeOneAreAdded) {
  EXPECT_EQ(UnsqueezedShape({2, 3}, {0, -1}), (Shape{1, 2, 3, 1}));
  EXPECT_EQ(UnsqueezedShape({}, {0}), Shape{1});
  EXPECT_EQ(UnsqueezedShape({2}, {1, 1}), std::nullopt);
  EXPECT_EQ(UnsqueezedShape({2}, {2}), std::nullopt);
}

TEST(OnnxAxes, AreNotMoreThanNetworksHave) {
  Shape shape{2};
  for (size_t i = 1; i < kMostAxes; ++i) shape = *UnsqueezedShape(shape, {0});
  EXPECT_EQ(shape.size(), kMostAxes);
  EXPECT_EQ(UnsqueezedShape(shape, {0}), std::nullopt);
}

}  // namespace
}  // namespace mouthpiece
