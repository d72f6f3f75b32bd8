// Memory for many frames, counted.
#ifndef MOUTHPIECE_STORE_MEMORY_H_
#define MOUTHPIECE_STORE_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "image/image.h"

namespace mouthpiece {

/// Bytes held now and at most so far. Thread-safe.
class MemoryMeter {
 public:
  void Add(uint64_t bytes);
  void Remove(uint64_t bytes) { now_ -= bytes; }
  uint64_t peak() const { return peak_; }

 private:
  std::atomic<uint64_t> now_{0};
  std::atomic<uint64_t> peak_{0};
};

/// A large block straight from the system: it costs nothing until it is written to and is gone
/// when it is destroyed, neither of which holds for the heap. 64 bytes behind its end are readable.
class PageMemory {
 public:
  explicit PageMemory(size_t size);
  ~PageMemory();
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;

  uint8_t* data() const { return data_; }

 private:
  size_t size_;
  uint8_t* data_;
};

/// Buffers of one size, made when none is free and kept for the next caller. Thread-safe.
class BufferPool {
 public:
  BufferPool(size_t bytes, MemoryMeter& meter) : bytes_(bytes), meter_(meter) {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  struct Buffer {
    int number = 0;
    uint8_t* data = nullptr;
  };
  Buffer Acquire();
  void Release(int number) noexcept;

 private:
  const size_t bytes_;
  MemoryMeter& meter_;
  std::mutex mutex_;
  std::vector<AlignedBytes> buffers_;
  std::vector<int> free_;  ///< Its capacity is that of buffers_: Release never allocates
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_MEMORY_H_
