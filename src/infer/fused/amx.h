// The bfloat16 kernels: products on AMX, Intel's tile unit, and depthwise rows in half floats on
// AVX-512-FP16, which every CPU with AMX has.
#ifndef MOUTHPIECE_INFER_FUSED_AMX_H_
#define MOUTHPIECE_INFER_FUSED_AMX_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// Whether this CPU has the instructions and the system lets this process use tiles (which this
/// asks for). Thread-safe.
bool HasAmx();

/// Makes the calling thread's tiles ready for the products of AmxKernels(), until destroyed.
/// HasAmx() must be true.
class AmxTiles {
 public:
  AmxTiles();
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};

/// All kernels of bfloat16. Products sum in float32 and take denormals for zero; what lies beyond
/// 65504 between the convolutions of a block becomes 65504.
Kernels<BFloat16> AmxKernels();

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_AMX_H_
