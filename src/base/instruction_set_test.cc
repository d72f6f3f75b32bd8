#include "base/instruction_set.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cstdlib>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using enum InstructionSet;
using Sets = std::vector<InstructionSet>;

const Sets kServer{kAvx2, kAvx512, kAvx512Vnni, kAvx512Bf16};

TEST(InstructionSets, AreAllOfTheCpuWhenNoneIsNamed) { EXPECT_EQ(LimitedTo("", kServer), kServer); }

TEST(InstructionSets, EndWithTheOneThatIsNamed) {
  EXPECT_EQ(LimitedTo("avx2", kServer), (Sets{kAvx2}));
  EXPECT_EQ(LimitedTo("avx512_vnni", kServer), (Sets{kAvx2, kAvx512, kAvx512Vnni}));
  EXPECT_EQ(LimitedTo("avx512_bf16", kServer), kServer);
  EXPECT_EQ(LimitedTo("avx_vnni", {kAvx2, kAvxVnni}), (Sets{kAvx2, kAvxVnni}));
}

void ExpectRefused(const std::string& limit, ErrorCode code, const std::string& message) {
  try {
    LimitedTo(limit, kServer);
    ADD_FAILURE() << limit << ": an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.what(), "MOUTHPIECE_INSTRUCTION_SET: " + message);
  }
}

TEST(InstructionSets, RefuseNamesThatThereAreNoneOf) {
  ExpectRefused(
      "sse9", ErrorCode::kInvalidArgument,
      "expected one of avx2, avx_vnni, avx512, avx512_vnni, avx512_bf16, amx, found sse9");
}

TEST(InstructionSets, RefuseWhatTheCpuLacks) {
  ExpectRefused("amx", ErrorCode::kUnsupported,
                "expected what this CPU has, avx2, avx512, avx512_vnni, avx512_bf16, found amx");
  ExpectRefused(
      "avx_vnni", ErrorCode::kUnsupported,
      "expected what this CPU has, avx2, avx512, avx512_vnni, avx512_bf16, found avx_vnni");
}

TEST(InstructionSets, OfTheCpuAgreeWithWhatHighwayFinds) {
  const Sets cpu = CpuInstructionSets();
  const auto has = [&](InstructionSet set) { return std::ranges::find(cpu, set) != cpu.end(); };
  LimitHighway();
  const char* limit = std::getenv("MOUTHPIECE_INSTRUCTION_SET");
  if (limit != nullptr && *limit != '\0') {
    // Nothing above the limit is left.
    const int64_t best = MayUse(kAvx512Vnni) ? HWY_AVX3_DL : MayUse(kAvx512) ? HWY_AVX3 : HWY_AVX2;
    const int64_t above = MayUse(kAvx512Bf16) ? 0 : hwy::SupportedTargets() & (best - 1);
    EXPECT_EQ(above, 0);
    EXPECT_TRUE(has(kAvx2));
    return;
  }
  EXPECT_EQ(has(kAvx2), (hwy::SupportedTargets() & HWY_AVX2) != 0);
  EXPECT_EQ(has(kAvx512), (hwy::SupportedTargets() & HWY_AVX3) != 0);
  for (const InstructionSet set : kInstructionSets) EXPECT_EQ(MayUse(set), has(set)) << NameOf(set);
}

}  // namespace
}  // namespace mouthpiece
