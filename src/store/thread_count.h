// How many threads an option means.
#ifndef MOUTHPIECE_STORE_THREAD_COUNT_H_
#define MOUTHPIECE_STORE_THREAD_COUNT_H_

#include <algorithm>
#include <thread>

namespace mouthpiece {

/// `option`, where 0 means all cores.
inline int ThreadCount(int option) {
  if (option > 0) return option;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_THREAD_COUNT_H_
