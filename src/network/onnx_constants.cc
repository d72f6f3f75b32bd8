// Constants that are computed from constants: exporters write sizes as such computations.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "network/onnx_axes.h"
#include "network/onnx_graph.h"

namespace mouthpiece {
namespace {

using Integers = std::vector<int64_t>;

constexpr int64_t kMostValues = int64_t{1} << 24;  // of one constant

/// Thrown and caught in this file only: a computation that has no result.
struct NoResult {};

int64_t Count(const Integers& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count) || count > kMostValues) {
      throw NoResult{};
    }
  }
  return count;
}

class Evaluation {
 public:
  Evaluation(const OnnxGraph& graph, const OnnxNode& node) : graph_(graph), node_(node) {}

  OnnxTensor Run() const {
    const std::string& type = node_.type;
    if (type == "Reshape") return WithShape(Reshaped(In(0).shape, ListAt(1)));
    if (type == "Squeeze") return WithShape(SqueezedShape(In(0).shape, AxesAt(1)));
    if (type == "Unsqueeze") return WithShape(UnsqueezedShape(In(0).shape, AxesAt(1)));
    if (type == "Transpose") return Transposed();
    if (type == "Cast") return Casted();
    if (type == "Gather") return Gathered();
    if (type == "Slice") return Sliced();
    if (type == "Concat") return Concatenated();
    if (type == "ConstantOfShape") return Filled();
    if (type == "Add" || type == "Sub" || type == "Mul" || type == "Div") return Computed();
    throw NoResult{};
  }

 private:
  const OnnxTensor& In(size_t index) const {
    const int value = node_.Input(index);
    if (value < 0) throw NoResult{};
    return *graph_.values[static_cast<size_t>(value)].constant;
  }

  const Integers& ListAt(size_t index) const {
    const OnnxTensor& list = In(index);
    if (list.is_float()) throw NoResult{};
    return list.integers;
  }

  /// Axes, which are an input since opset 13 and an attribute before.
  Integers AxesAt(size_t index) const {
    return node_.Input(index) >= 0 ? ListAt(index) : node_.Integers("axes");
  }

  OnnxTensor WithShape(std::optional<Integers> shape) const {
    OnnxTensor result = In(0);
    if (!shape || shape->size() > kMostAxes || Count(*shape) != Count(result.shape)) {
      throw NoResult{};
    }
    result.shape = std::move(*shape);
    return result;
  }

  Integers Reshaped(const Integers& from, const Integers& to) const {
    Integers shape = to;
    int64_t known = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && node_.Integer("allowzero", 0) == 0) {
        if (i >= from.size()) throw NoResult{};
        shape[i] = from[i];
      }
      if (shape[i] != -1 && __builtin_mul_overflow(known, shape[i], &known)) throw NoResult{};
    }
    const auto open = std::ranges::find(shape, -1);
    if (open != shape.end()) {
      if (known <= 0) throw NoResult{};
      *open = Count(from) / known;
    }
    return shape;
  }

  static size_t Place(int64_t axis, size_t rank) {
    const std::optional<size_t> place = AxisOf(axis, rank);
    if (!place) throw NoResult{};
    return *place;
  }

  template <typename Value>
  static std::vector<Value> Permuted(const std::vector<Value>& from, const Integers& shape,
                                     const std::vector<size_t>& order) {
    std::vector<Value> to;
    to.reserve(from.size());
    std::vector<size_t> step(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) {
      step[i - 1] = step[i] * static_cast<size_t>(shape[i]);
    }
    std::vector<int64_t> at(shape.size(), 0);
    size_t place = 0;
    while (to.size() < from.size()) {
      to.push_back(from[place]);
      for (size_t i = order.size(); i-- > 0;) {
        const size_t axis = order[i];
        place += step[axis];
        if (++at[axis] < shape[axis]) break;
        place -= step[axis] * static_cast<size_t>(shape[axis]);
        at[axis] = 0;
      }
    }
    return to;
  }

  OnnxTensor Transposed() const {
    const OnnxTensor& from = In(0);
    std::vector<size_t> order;
    for (const int64_t axis : node_.Integers("perm")) {
      order.push_back(Place(axis, from.shape.size()));
    }
    if (order.empty()) {
      for (size_t i = from.shape.size(); i-- > 0;) order.push_back(i);
    }
    std::vector<size_t> sorted = order;
    std::ranges::sort(sorted);
    if (sorted.size() != from.shape.size() || std::ranges::adjacent_find(sorted) != sorted.end()) {
      throw NoResult{};
    }
    OnnxTensor to{from.type, {}, {}, {}};
    for (const size_t axis : order) to.shape.push_back(from.shape[axis]);
    to.floats = Permuted(from.floats, from.shape, order);
    to.integers = Permuted(from.integers, from.shape, order);
    return to;
  }

  OnnxTensor Casted() const {
    constexpr int64_t kFloat = 1;
    constexpr int64_t kInt32 = 6;
    constexpr int64_t kInt64 = 7;
    constexpr float kMost = 1e18F;  // which an integer can hold
    const OnnxTensor& from = In(0);
    const int64_t type = node_.Integer("to", 0);
    OnnxTensor to{type == kFloat ? "f32" : type == kInt32 ? "i32" : "i64", from.shape, {}, {}};
    if (type == kFloat) {
      to.floats = from.floats;
      for (const int64_t value : from.integers) to.floats.push_back(static_cast<float>(value));
    } else if (type == kInt32 || type == kInt64) {
      to.integers = from.integers;
      for (const float value : from.floats) {
        if (!(std::abs(value) < kMost)) throw NoResult{};
        to.integers.push_back(static_cast<int64_t>(value));
      }
    } else {
      throw NoResult{};
    }
    return to;
  }

  /// Rows of the first axis of `from`, in this order, under another shape.
  OnnxTensor Rows(const OnnxTensor& from, const Integers& rows, Integers shape) const {
    OnnxTensor to{from.type, std::move(shape), {}, {}};
    const auto size = static_cast<size_t>(Count({from.shape.begin() + 1, from.shape.end()}));
    if (static_cast<size_t>(Count(to.shape)) != rows.size() * size) throw NoResult{};
    for (const int64_t row : rows) {
      const size_t first = static_cast<size_t>(row) * size;
      const auto take = [&](const auto& values, auto& taken) {
        if (values.empty()) return;
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
        taken.insert(taken.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
      };
      take(from.floats, to.floats);
      take(from.integers, to.integers);
    }
    return to;
  }

  OnnxTensor Gathered() const {
    const OnnxTensor& from = In(0);
    if (from.shape.empty() || Place(node_.Integer("axis", 0), from.shape.size()) != 0) {
      throw NoResult{};
    }
    Integers rows;
    for (const int64_t row : ListAt(1)) {
      rows.push_back(static_cast<int64_t>(Place(row, static_cast<size_t>(from.shape[0]))));
    }
    Integers shape = In(1).shape;
    shape.insert(shape.end(), from.shape.begin() + 1, from.shape.end());
    return Rows(from, rows, std::move(shape));
  }

  OnnxTensor Sliced() const {
    const OnnxTensor& from = In(0);
    const bool as_inputs = node_.Input(1) >= 0;  // since opset 10
    const Integers starts = as_inputs ? ListAt(1) : node_.Integers("starts");
    const Integers ends = as_inputs ? ListAt(2) : node_.Integers("ends");
    const Integers axes = AxesAt(3);
    const Integers steps = node_.Input(4) >= 0 ? ListAt(4) : Integers{1};
    if (from.shape.empty() || starts.size() != 1 || ends.size() != 1 || steps.size() != 1 ||
        axes.size() > 1 || (axes.size() == 1 && Place(axes[0], from.shape.size()) != 0) ||
        std::abs(steps[0]) != 1) {
      throw NoResult{};
    }
    const int64_t size = from.shape[0];
    const bool forward = steps[0] == 1;
    const auto clamped = [&](int64_t place) {
      if (place < 0) place += size;  // the least integer, "to the very end", included
      return forward ? std::clamp<int64_t>(place, 0, size)
                     : std::clamp<int64_t>(place, -1, size - 1);
    };
    Integers rows;
    const int64_t end = clamped(ends[0]);
    for (int64_t row = clamped(starts[0]); forward ? row < end : row > end; row += steps[0]) {
      rows.push_back(row);
    }
    Integers shape = from.shape;
    shape[0] = static_cast<int64_t>(rows.size());
    return Rows(from, rows, std::move(shape));
  }

  OnnxTensor Concatenated() const {
    OnnxTensor to = In(0);
    if (to.shape.empty() || Place(node_.Integer("axis", 0), to.shape.size()) != 0) throw NoResult{};
    for (size_t i = 1; i < node_.inputs.size(); ++i) {
      const OnnxTensor& next = In(i);
      if (next.is_float() != to.is_float() || next.shape.size() != to.shape.size() ||
          !std::equal(next.shape.begin() + 1, next.shape.end(), to.shape.begin() + 1)) {
        throw NoResult{};
      }
      to.shape[0] += next.shape[0];
      Count(to.shape);
      to.floats.insert(to.floats.end(), next.floats.begin(), next.floats.end());
      to.integers.insert(to.integers.end(), next.integers.begin(), next.integers.end());
    }
    return to;
  }

  /// Of the zeros, mostly, that exporters pad sizes with.
  OnnxTensor Filled() const {
    constexpr int64_t kMost = 1024;
    const Integers& shape = ListAt(0);
    const OnnxAttribute* value = node_.Find("value");
    OnnxTensor filled{"f32", {}, {0.0F}, {}};
    if (value != nullptr) {
      if (!value->tensor) throw NoResult{};
      filled = *value->tensor;
    }
    const int64_t count = Count(shape);
    if (count > kMost || Count(filled.shape) != 1) throw NoResult{};
    filled.shape = shape;
    if (filled.is_float()) filled.floats.resize(static_cast<size_t>(count), filled.floats[0]);
    if (!filled.is_float()) filled.integers.resize(static_cast<size_t>(count), filled.integers[0]);
    return filled;
  }

  OnnxTensor Computed() const {
    const OnnxTensor& a = In(0);
    const OnnxTensor& b = In(1);
    const size_t count = std::max(a.integers.size(), b.integers.size());
    const bool same = a.shape == b.shape;
    if (a.is_float() || b.is_float() ||
        (!same && a.integers.size() != 1 && b.integers.size() != 1) || a.integers.empty() ||
        b.integers.empty()) {
      throw NoResult{};
    }
    OnnxTensor result{a.type, a.integers.size() >= b.integers.size() ? a.shape : b.shape, {}, {}};
    for (size_t i = 0; i < count; ++i) {
      result.integers.push_back(Operation(a.integers.size() == 1 ? a.integers[0] : a.integers[i],
                                          b.integers.size() == 1 ? b.integers[0] : b.integers[i]));
    }
    return result;
  }

  int64_t Operation(int64_t a, int64_t b) const {
    int64_t result = 0;
    bool overflows = false;
    switch (node_.type[0]) {
      case 'A':
        overflows = __builtin_add_overflow(a, b, &result);
        break;
      case 'S':
        overflows = __builtin_sub_overflow(a, b, &result);
        break;
      case 'M':
        overflows = __builtin_mul_overflow(a, b, &result);
        break;
      default:
        overflows = b == 0 || b == -1;
        if (!overflows) result = a / b;
    }
    if (overflows) throw NoResult{};
    return result;
  }

  const OnnxGraph& graph_;
  const OnnxNode& node_;
};

}  // namespace

std::optional<OnnxTensor> Evaluate(const OnnxGraph& graph, const OnnxNode& node) try {
  return Evaluation(graph, node).Run();
} catch (const NoResult&) {
  return std::nullopt;
}

}  // namespace mouthpiece
