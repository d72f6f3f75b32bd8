// Where the packed weights of a network lie.
#ifndef MOUTHPIECE_INFER_FUSED_WEIGHT_MEMORY_H_
#define MOUTHPIECE_INFER_FUSED_WEIGHT_MEMORY_H_

#include <cstddef>
#include <span>
#include <stdexcept>

#include "infer/fused/buffer.h"

namespace mouthpiece::fused {

/// Gives out the memory of a network's weights, in the order in which they are asked for, which is
/// the same for networks of the same shape: so that all can lie in one block, be counted before
/// there is one, and be found again in a block that was filled by another process.
class WeightMemory {
 public:
  /// What is taken has memory of its own.
  WeightMemory() = default;

  /// What is taken is nowhere, and counted.
  static WeightMemory Counting() {
    WeightMemory memory;
    memory.kind_ = Kind::kCounting;
    return memory;
  }

  /// What is taken lies in `block`, which begins on a cache line and outlives it. `is_filled`: with
  /// its values.
  WeightMemory(std::span<std::byte> block, bool is_filled)
      : kind_(is_filled ? Kind::kFilled : Kind::kBlock), block_(block) {}

  /// Throws std::length_error where the block has too few bytes.
  template <typename T>
  Buffer<T> Take(size_t size) {
    constexpr size_t kLine = 64;
    const size_t begin = bytes_;
    bytes_ += (size * sizeof(T) + kLine - 1) / kLine * kLine;
    if (kind_ == Kind::kOwn) return Buffer<T>(size);
    if (kind_ == Kind::kCounting) return Buffer<T>::Borrowed(nullptr, size);
    if (bytes_ > block_.size()) throw std::length_error("weights beyond their memory");
    return Buffer<T>::Borrowed(reinterpret_cast<T*>(block_.data() + begin), size);
  }

  /// Whether what is taken is to be written to. If not, it must not be.
  bool wants_values() const { return kind_ == Kind::kOwn || kind_ == Kind::kBlock; }
  /// What was taken so far.
  size_t bytes() const { return bytes_; }

 private:
  enum class Kind { kOwn, kCounting, kBlock, kFilled };

  Kind kind_ = Kind::kOwn;
  std::span<std::byte> block_;
  size_t bytes_ = 0;
};

}  // namespace mouthpiece::fused

#endif  // MOUTHPIECE_INFER_FUSED_WEIGHT_MEMORY_H_
