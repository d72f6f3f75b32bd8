// Which instruction sets of the CPU this process uses.
#ifndef MOUTHPIECE_BASE_INSTRUCTION_SET_H_
#define MOUTHPIECE_BASE_INSTRUCTION_SET_H_

#include <string>
#include <string_view>
#include <vector>

namespace mouthpiece {

/// What kernels are written for, in the order in which CPUs got it. A CPU may lack one and have a
/// later one: those with AVX-512 need not have AVX-VNNI.
enum class InstructionSet {
  kAvx2,        ///< With FMA and F16C
  kAvxVnni,     ///< 8-bit products on 256 bits: desktop CPUs since 2021
  kAvx512,      ///< F, BW, CD, DQ, VL
  kAvx512Vnni,  ///< 8-bit products
  kAvx512Bf16,  ///< Products of bfloat16
  kAmx,         ///< Tiles of bfloat16 and int8, and AVX-512-FP16
};

inline constexpr InstructionSet kInstructionSets[] = {
    InstructionSet::kAvx2,       InstructionSet::kAvxVnni,    InstructionSet::kAvx512,
    InstructionSet::kAvx512Vnni, InstructionSet::kAvx512Bf16, InstructionSet::kAmx};

/// "avx512_vnni"
std::string_view NameOf(InstructionSet set);

/// Those that this CPU has and the system lets this process use (for tiles, this asks it).
std::vector<InstructionSet> CpuInstructionSets();

/// Of `had`, those up to the one that is called `limit`; all when `limit` is empty. Throws Error:
/// kInvalidArgument for a name that there is none of, kUnsupported for one that `had` lacks.
std::vector<InstructionSet> LimitedTo(const std::string& limit,
                                      const std::vector<InstructionSet>& had);

/// Whether to use `set`: the CPU has it and MOUTHPIECE_INSTRUCTION_SET, which is read once, allows
/// it. Throws Error as LimitedTo does for a value that is none. Thread-safe.
bool MayUse(InstructionSet set);

/// Whether MOUTHPIECE_INSTRUCTION_SET names a set before this one: for what runs other people's
/// kernels. Throws and is thread-safe as MayUse.
bool IsForbidden(InstructionSet set);

/// Keeps Highway's targets to what MOUTHPIECE_INSTRUCTION_SET allows. Called before each dispatch
/// (base/dispatch.h); does something once. Throws and is thread-safe as MayUse.
void LimitHighway();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_INSTRUCTION_SET_H_
