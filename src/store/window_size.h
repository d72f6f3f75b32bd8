// How many frames the windowed stores hold.
#ifndef MOUTHPIECE_STORE_WINDOW_SIZE_H_
#define MOUTHPIECE_STORE_WINDOW_SIZE_H_

#include <cstdint>

#include "store/frame_layout.h"

namespace mouthpiece {

/// Frames loaded together, and frames held at once: see LoadTable.
struct WindowSize {
  int block = 1;
  int slots = 1;
  bool keeps_blocks = true;  ///< There is room for the block that a turning walk comes back to
};

/// `chunk`: two chunks, or what the caller holds where that is more.
WindowSize ChunkWindow(int frame_count, int chunk_frames, int frames_in_flight);

/// `stream`: what fits into 64 MB for frames up to 1280x720, in proportion for larger ones, and
/// into `memory` bytes; copies of frames shown again while they are lent are allowed for. Never
/// less than the caller holds and one more. Blocks are as large as possible, since a backward walk
/// decodes from the keyframe on for each.
WindowSize StreamWindow(const FrameLayout& layout, int frame_count, uint64_t memory,
                        int frames_in_flight);

/// Copies that can be needed at once: of frames lent twice around a turning point.
int MostCopies(int frames_in_flight);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_WINDOW_SIZE_H_
