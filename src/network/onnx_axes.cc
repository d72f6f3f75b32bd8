#include "network/onnx_axes.h"

namespace mouthpiece {

std::optional<size_t> AxisOf(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count) return std::nullopt;
  return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

std::optional<std::vector<int64_t>> SqueezedShape(const std::vector<int64_t>& from,
                                                  const std::vector<int64_t>& axes) {
  std::vector<bool> goes(from.size(), false);
  for (const int64_t axis : axes) {
    const std::optional<size_t> place = AxisOf(axis, from.size());
    if (!place || from[*place] != 1) return std::nullopt;
    goes[*place] = true;
  }
  std::vector<int64_t> shape;
  for (size_t i = 0; i < from.size(); ++i) {
    if (axes.empty() ? from[i] != 1 : !goes[i]) shape.push_back(from[i]);
  }
  return shape;
}

std::optional<std::vector<int64_t>> UnsqueezedShape(const std::vector<int64_t>& from,
                                                    const std::vector<int64_t>& axes) {
  if (from.size() + axes.size() > kMostAxes) return std::nullopt;
  std::vector<bool> is_new(from.size() + axes.size(), false);
  for (const int64_t axis : axes) {
    const std::optional<size_t> place = AxisOf(axis, is_new.size());
    if (!place || is_new[*place]) return std::nullopt;
    is_new[*place] = true;
  }
  std::vector<int64_t> shape;
  auto next = from.begin();
  for (const bool added : is_new) shape.push_back(added ? 1 : *next++);
  return shape;
}

}  // namespace mouthpiece
