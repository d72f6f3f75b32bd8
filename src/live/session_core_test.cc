#include "live/session_core.h"

#include <gtest/gtest.h>

namespace mouthpiece::live {
namespace {

TEST(SessionCore, Placeholder) { SUCCEED(); }

}  // namespace
}  // namespace mouthpiece::live
