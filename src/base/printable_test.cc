#include "base/printable.h"

#include <gtest/gtest.h>

namespace mouthpiece {
namespace {

TEST(Printable, LeavesTextAsItIs) { EXPECT_EQ(Printable("Größe 3 µm"), "Größe 3 µm"); }

TEST(Printable, HasNoControlCharacters) {
  EXPECT_EQ(Printable("a\nb\x1b[2Jc\x7f\t"),
            "a?b?[2Jc?"
            "?");
  EXPECT_EQ(Printable(std::string_view("\0x", 2)), "?x");
}

}  // namespace
}  // namespace mouthpiece
