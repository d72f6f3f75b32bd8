// Matrix products on AMX, Intel's tile unit.
#ifndef MOUTHPIECE_INFER_FUSED_AMX_H_
#define MOUTHPIECE_INFER_FUSED_AMX_H_

#include "infer/fused/kernels.h"

namespace mouthpiece::fused {

/// Whether this CPU multiplies bfloat16 tiles and the system lets this process do so (which this
/// asks for). Thread-safe.
bool HasAmx();

/// Makes the calling thread's tiles ready for MultiplyAmx, until destroyed. HasAmx() must be true.
class AmxTiles {
 public:
  AmxTiles();
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};

/// Needs an AmxTiles on this thread. Sums are float32; denormals count as zero.
void MultiplyAmx(const Product<BFloat16>& product);

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_AMX_H_
