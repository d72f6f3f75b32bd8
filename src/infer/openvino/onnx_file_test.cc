#include "infer/openvino/onnx_file.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

TEST(OneLine, KeepsTheLastLineThatSaysSomething) {
  EXPECT_EQ(OneLine("Exception from a.cc:1:\n  it broke \n\n"), "it broke");
  EXPECT_EQ(OneLine("it broke"), "it broke");
  EXPECT_EQ(OneLine(" \n\n"), "unknown error");
  EXPECT_EQ(OneLine(std::string(999, 'x')).size(), 200U);
  EXPECT_EQ(OneLine("no node \"a\x1b[2J\""), "no node \"a?[2J\"");
}

}  // namespace
}  // namespace mouthpiece
