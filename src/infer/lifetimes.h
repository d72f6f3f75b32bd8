// Memory for tensors of which two that are never needed at once may share a place.
#ifndef MOUTHPIECE_INFER_LIFETIMES_H_
#define MOUTHPIECE_INFER_LIFETIMES_H_

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace mouthpiece {

/// A tensor that steps `first` to `last` need.
struct Lifetime {
  size_t size = 0;
  int first = 0;
  int last = 0;
  size_t offset = 0;  ///< Found by PlaceByLifetime
};

/// Gives each tensor, in turn, the lowest place that is free from its making to its last use, and
/// returns the size of what holds them all.
inline size_t PlaceByLifetime(std::span<Lifetime> tensors) {
  size_t total = 0;
  for (size_t t = 0; t < tensors.size(); ++t) {
    Lifetime& tensor = tensors[t];
    std::vector<std::pair<size_t, size_t>> taken;
    for (const Lifetime& other : tensors.first(t)) {
      if (other.last < tensor.first || tensor.last < other.first) continue;
      taken.emplace_back(other.offset, other.offset + other.size);
    }
    std::ranges::sort(taken);
    tensor.offset = 0;
    for (const auto& [begin, end] : taken) {
      if (tensor.offset + tensor.size <= begin) break;
      tensor.offset = std::max(tensor.offset, end);
    }
    total = std::max(total, tensor.offset + tensor.size);
  }
  return total;
}

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_LIFETIMES_H_
