// What the files of int8's AVX2 kernels have in common. Only for them, on x86-64.
#ifndef MOUTHPIECE_INFER_FUSED_INT8_AVX2_TARGET_H_
#define MOUTHPIECE_INFER_FUSED_INT8_AVX2_TARGET_H_

#include <immintrin.h>

// On the functions that need them and not on the file: nothing else may come to use instructions
// that the machine lacks.
#define MOUTHPIECE_AVX2 __attribute__((target("avx2,fma")))
#define MOUTHPIECE_AVX2_INLINE MOUTHPIECE_AVX2 __attribute__((always_inline)) inline

#endif  // MOUTHPIECE_INFER_FUSED_INT8_AVX2_TARGET_H_
