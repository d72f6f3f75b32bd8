// Decoding many frames with several threads.
#ifndef MOUTHPIECE_STORE_PRELOAD_H_
#define MOUTHPIECE_STORE_PRELOAD_H_

#include <cstdint>
#include <functional>
#include <span>

#include "base/cancel.h"
#include "store/part_reader.h"

namespace mouthpiece {

struct PreloadOptions {
  int threads = 1;
  CancelToken cancel;
  std::function<void(int64_t, int64_t)> progress;  ///< Frames done, frames in all; may be empty
};

/// Fills blocks with all parts of `frames`, which are ascending; the i-th one goes to
/// `blocks` + i * layout.bytes(). Throws Error; the first failure stops all threads.
void Preload(const PartContext& context, std::span<const int> frames, uint8_t* blocks,
             const PreloadOptions& options);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PRELOAD_H_
