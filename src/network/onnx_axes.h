// Shapes with axes of size 1 fewer or more.
#ifndef MOUTHPIECE_NETWORK_ONNX_AXES_H_
#define MOUTHPIECE_NETWORK_ONNX_AXES_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace mouthpiece {

/// Axes that the program counts with at most; networks have half as many.
inline constexpr size_t kMostAxes = 16;

/// Which of `rank` axes `axis` is, which counts from behind where it is negative; none: no such.
std::optional<size_t> AxisOf(int64_t axis, size_t rank);

/// What Squeeze makes: without `axes`, all of size 1 where those are empty. None where there is no
/// such axis, or one whose size is not 1.
std::optional<std::vector<int64_t>> SqueezedShape(const std::vector<int64_t>& from,
                                                  const std::vector<int64_t>& axes);

/// What Unsqueeze makes: with `axes`, which are those of the result.
std::optional<std::vector<int64_t>> UnsqueezedShape(const std::vector<int64_t>& from,
                                                    const std::vector<int64_t>& axes);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_ONNX_AXES_H_
