// Memory for kernels: aligned to cache lines, in large pages where the system has them, zero.
#ifndef MOUTHPIECE_INFER_FUSED_BUFFER_H_
#define MOUTHPIECE_INFER_FUSED_BUFFER_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace mouthpiece::fused {

/// A fixed number of values of a trivial type, zero at first; or a part of memory that somebody
/// else owns.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) : size_(size) {
    static_assert(std::is_trivially_copyable_v<T>);
    constexpr size_t kLine = 64;
    constexpr size_t kLargePage = size_t{2} << 20;
    const size_t alignment = size * sizeof(T) >= kLargePage ? kLargePage : kLine;
    const size_t bytes = (size * sizeof(T) + alignment) / alignment * alignment;
    values_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (values_ == nullptr) throw std::bad_alloc();
    // Only a wish: without large pages it is the same memory, a little slower.
    if (alignment == kLargePage) madvise(values_.get(), bytes, MADV_HUGEPAGE);
    std::memset(static_cast<void*>(values_.get()), 0, bytes);
  }

  /// `size` values at `values`, which outlive it.
  static Buffer Borrowed(T* values, size_t size) {
    Buffer buffer;
    buffer.values_ = std::unique_ptr<T, Free>(values, Free{.is_owner = false});
    buffer.size_ = size;
    return buffer;
  }

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    bool is_owner = true;
    void operator()(T* values) const {
      if (is_owner) std::free(values);
    }
  };
  std::unique_ptr<T, Free> values_;
  size_t size_ = 0;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_BUFFER_H_
