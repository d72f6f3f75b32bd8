#include "base/instruction_set.h"

#include <hwy/targets.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "mouthpiece/error.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mouthpiece {
namespace {

constexpr const char* kVariable = "MOUTHPIECE_INSTRUCTION_SET";
constexpr std::string_view kNames[] = {"avx2",        "avx_vnni",    "avx512",
                                       "avx512_vnni", "avx512_bf16", "amx"};
static_assert(std::size(kNames) == std::size(kInstructionSets));

std::string ListOf(const std::vector<InstructionSet>& sets) {
  std::string list;
  for (const InstructionSet set : sets) list.append(list.empty() ? "" : ", ").append(NameOf(set));
  return list.empty() ? "none" : list;
}

bool Contains(const std::vector<InstructionSet>& sets, InstructionSet set) {
  return std::ranges::find(sets, set) != sets.end();
}

#if defined(__x86_64__) && defined(__linux__)

/// Answers of the CPUID instruction.
struct CpuId {
  CpuId(unsigned leaf, unsigned subleaf) { __get_cpuid_count(leaf, subleaf, &a, &b, &c, &d); }

  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
};

/// Whether all these bits are set.
bool Has(unsigned value, std::initializer_list<int> bits) {
  return std::ranges::all_of(bits, [&](int bit) { return (value >> bit & 1) != 0; });
}

/// The registers that the system saves for a process, as XGETBV tells.
unsigned SavedRegisters() {
  if (!Has(CpuId(1, 0).c, {27})) return 0;  // OSXSAVE
  unsigned low = 0;
  unsigned high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool AskForTiles() {
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool CpuHas(InstructionSet set) {
  const CpuId basic(1, 0);
  const CpuId extended(7, 0);
  const CpuId more(7, 1);
  const unsigned saved = SavedRegisters();
  const bool avx2 = Has(saved, {1, 2}) && Has(basic.c, {12, 28, 29}) && Has(extended.b, {3, 5, 8});
  const bool avx512 = avx2 && Has(saved, {5, 6, 7}) && Has(extended.b, {16, 17, 28, 30, 31});
  switch (set) {
    case InstructionSet::kAvx2:
      return avx2;
    case InstructionSet::kAvxVnni:
      return avx2 && Has(more.a, {4});
    case InstructionSet::kAvx512:
      return avx512;
    case InstructionSet::kAvx512Vnni:
      return avx512 && Has(extended.c, {11});
    case InstructionSet::kAvx512Bf16:
      return avx512 && Has(more.a, {5});
    case InstructionSet::kAmx:
      return avx512 && Has(extended.d, {22, 23, 24, 25}) && AskForTiles();
  }
  return false;
}

#else

bool CpuHas(InstructionSet) { return false; }

#endif

/// The targets of Highway that are above what may be used.
int64_t ForbiddenTargets([[maybe_unused]] const std::vector<InstructionSet>& used) {
  int64_t forbidden = 0;
#if HWY_ARCH_X86
  // Better targets have lower bits.
  if (Contains(used, InstructionSet::kAmx)) return 0;
#ifdef HWY_AVX3_ZEN4
  if (Contains(used, InstructionSet::kAvx512Bf16)) return HWY_AVX3_ZEN4 - 1;
#else
  if (Contains(used, InstructionSet::kAvx512Bf16)) return 0;
#endif
  forbidden = HWY_AVX2 - 1;
  if (Contains(used, InstructionSet::kAvx512)) forbidden = HWY_AVX3 - 1;
  if (Contains(used, InstructionSet::kAvx512Vnni)) forbidden = HWY_AVX3_DL - 1;
#endif
  return forbidden;
}

struct Choice {
  std::vector<InstructionSet> used;
  bool is_limited = false;
};

/// What this process uses; Highway keeps to it from the first call on.
const Choice& Chosen() {
  static const Choice choice = [] {
    const char* variable = std::getenv(kVariable);  // NOLINT(concurrency-mt-unsafe)
    const std::string limit = variable == nullptr ? "" : variable;
    Choice made{LimitedTo(limit, CpuInstructionSets()), !limit.empty()};
    if (made.is_limited) hwy::DisableTargets(ForbiddenTargets(made.used));
    return made;
  }();
  return choice;
}

}  // namespace

std::string_view NameOf(InstructionSet set) { return kNames[static_cast<size_t>(set)]; }

std::vector<InstructionSet> CpuInstructionSets() {
  std::vector<InstructionSet> sets;
  std::ranges::copy_if(kInstructionSets, std::back_inserter(sets), CpuHas);
  return sets;
}

std::vector<InstructionSet> LimitedTo(const std::string& limit,
                                      const std::vector<InstructionSet>& had) {
  if (limit.empty()) return had;
  const auto* const name = std::ranges::find(kNames, limit);
  if (name == std::end(kNames)) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string(kVariable) + ": expected one of " +
                    ListOf({std::begin(kInstructionSets), std::end(kInstructionSets)}) +
                    ", found " + limit);
  }
  const InstructionSet last = kInstructionSets[name - std::begin(kNames)];
  if (!Contains(had, last)) {
    throw Error(ErrorCode::kUnsupported, std::string(kVariable) + ": expected what this CPU has, " +
                                             ListOf(had) + ", found " + limit);
  }
  std::vector<InstructionSet> sets;
  std::ranges::copy_if(had, std::back_inserter(sets),
                       [&](InstructionSet set) { return set <= last; });
  return sets;
}

bool MayUse(InstructionSet set) { return Contains(Chosen().used, set); }

bool IsForbidden(InstructionSet set) { return Chosen().is_limited && set > Chosen().used.back(); }

void LimitHighway() { Chosen(); }

}  // namespace mouthpiece
