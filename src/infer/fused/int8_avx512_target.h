// What the files of int8's AVX-512 kernels have in common. Only for them, on x86-64.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_AVX512_TARGET_H_
#define MOUTHPIECE_INFER_FUSED_INT8_AVX512_TARGET_H_

#include <immintrin.h>

// GCC's headers begin some instructions with a value that is undefined on purpose.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

// On the functions that need them and not on the file: nothing else may come to use instructions
// that the machine lacks.
#define MOUTHPIECE_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define MOUTHPIECE_VNNI_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")))
#define MOUTHPIECE_VNNI_INLINE MOUTHPIECE_VNNI __attribute__((always_inline)) inline
#define MOUTHPIECE_VNNI_BF16_INLINE MOUTHPIECE_VNNI_BF16 __attribute__((always_inline)) inline

namespace mouthpiece::fused {

/// Lanes of the second of two narrow pixels.
inline constexpr __mmask16 kSecondPixel = 0xFF00;

/// A number of each of two narrow pixels that lie side by side, in its lanes.
MOUTHPIECE_VNNI_INLINE __m512 SpreadPair(const float* pair) {
  return _mm512_mask_broadcastss_ps(_mm512_set1_ps(pair[0]), kSecondPixel, _mm_load_ss(pair + 1));
}

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_INT8_AVX512_TARGET_H_
