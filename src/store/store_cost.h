// What the stores take, in bytes, threads and frames; arithmetic shared by estimate and store.
#ifndef MOUTHPIECE_STORE_STORE_COST_H_
#define MOUTHPIECE_STORE_STORE_COST_H_

#include <cstdint>

#include "store/frame_layout.h"
#include "store/frame_store.h"
#include "store/window_size.h"

namespace mouthpiece {

/// Threads for decoding full frames ahead of use when `threads` are allowed in all.
int FullDecoderThreads(int threads);

/// Working memory of all decoders that a mode runs at once.
uint64_t DecoderBytes(const Package& package, CacheMode mode, int threads);

/// Window of a kChunk or kStream store.
WindowSize WindowOf(const Avatar& avatar, const FrameLayout& layout, const StoreOptions& options,
                    int frames_in_flight);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_STORE_COST_H_
