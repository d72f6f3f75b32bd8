// Memory of a GPU.
#ifndef MOUTHPIECE_GPU_BUFFER_H_
#define MOUTHPIECE_GPU_BUFFER_H_

#include <cstddef>
#include <span>
#include <string>

#include "gpu/device.h"

namespace mouthpiece::gpu {

enum class MemoryKind {
  kDevice,    ///< The device's own; the program cannot reach it
  kUpload,    ///< The program writes it, in order
  kDownload,  ///< The program reads it
};

/// A buffer with memory of its own, which kernels and copies may read and write. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// `what` names it in errors: "weights". Throws Error (kUnsupported) when there is too little
  /// memory.
  Buffer(const Device& device, size_t bytes, MemoryKind kind, const std::string& what);
  ~Buffer() { Free(); }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept;

  VkBuffer handle() const { return buffer_; }
  size_t bytes() const { return bytes_; }
  /// What the program sees of it; empty for kDevice. Coherent: nothing has to be flushed.
  std::span<std::byte> mapped() const { return mapped_; }

 private:
  void Allocate(MemoryKind kind, const std::string& what);
  void Free() noexcept;

  const Device* device_ = nullptr;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  size_t bytes_ = 0;
  std::span<std::byte> mapped_;
};

/// A part of a buffer, which outlives it.
struct BufferRange {
  const Buffer* buffer = nullptr;
  size_t offset = 0;
  size_t bytes = 0;

  BufferRange() = default;
  BufferRange(const Buffer& of, size_t begin, size_t size)
      : buffer(&of), offset(begin), bytes(size) {}
  explicit BufferRange(const Buffer& of) : BufferRange(of, 0, of.bytes()) {}
};

}  // namespace mouthpiece::gpu

#endif  // MOUTHPIECE_GPU_BUFFER_H_
