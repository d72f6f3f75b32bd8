#include "store/memory.h"

#include <sys/mman.h>

#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece {

void MemoryMeter::Add(uint64_t bytes) {
  const uint64_t now = now_ += bytes;
  uint64_t peak = peak_;
  while (peak < now && !peak_.compare_exchange_weak(peak, now)) {
  }
}

PageMemory::PageMemory(size_t size) : size_(size + AlignedBytes::kPadding) {
  void* data = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    throw Error(ErrorCode::kInternal,
                "no memory for frames: " + std::to_string(size) + " bytes are refused");
  }
  data_ = static_cast<uint8_t*>(data);
  madvise(data, size_, MADV_HUGEPAGE);  // only a hint: fewer page faults while frames are filled
}

PageMemory::~PageMemory() { munmap(data_, size_); }

BufferPool::~BufferPool() { meter_.Remove(buffers_.size() * bytes_); }

BufferPool::Buffer BufferPool::Acquire() {
  std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.reserve(buffers_.size() + 1);
    buffers_.emplace_back(bytes_);
    meter_.Add(bytes_);
    return {static_cast<int>(buffers_.size()) - 1, buffers_.back().data()};
  }
  const int number = free_.back();
  free_.pop_back();
  return {number, buffers_[static_cast<size_t>(number)].data()};
}

void BufferPool::Release(int number) noexcept {
  std::lock_guard lock(mutex_);
  free_.push_back(number);
}

}  // namespace mouthpiece
