// Memory that the process has freed and the heap still holds.
#ifndef MOUTHPIECE_BASE_FREED_MEMORY_H_
#define MOUTHPIECE_BASE_FREED_MEMORY_H_

namespace mouthpiece {

/// Gives the system what the heap holds of freed memory: by itself the heap gives back the end of
/// the first thread's part alone. 1 to 2 ms after an avatar was opened, more in large heaps. Does
/// nothing where the C library is not GNU's. Thread-safe.
void GiveBackFreedMemory();

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_FREED_MEMORY_H_
