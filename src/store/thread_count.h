// How many threads an option means.
#ifndef MOUTHPIECE_STORE_THREAD_COUNT_H_
#define MOUTHPIECE_STORE_THREAD_COUNT_H_

#include <algorithm>
#include <thread>

namespace mouthpiece {

/// `option`, where 0 means all cores. Each thread has decoders of its own, and far more than cores
/// are of no use.
inline int ThreadCount(int option) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  constexpr int kOfUse = 16;
  return option > 0 ? std::min(option, std::max(2 * cores, kOfUse)) : cores;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_THREAD_COUNT_H_
