#include "arrays.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

#include "mouthpiece/error.h"
#include "waiting.h"

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

/// A Python object that holds `value` until it is collected.
template <typename T>
nb::capsule Holder(std::unique_ptr<T> value) {
  return nb::capsule(value.release(), [](void* held) noexcept { delete static_cast<T*>(held); });
}

nb::object PlaneArray(const FramePlane& plane, const nb::capsule& holder) {
  using Array = nb::ndarray<nb::numpy, const uint8_t, nb::ndim<2>>;
  return nb::cast(Array(plane.data,
                        {static_cast<size_t>(plane.height), static_cast<size_t>(plane.width)},
                        holder, {static_cast<int64_t>(plane.stride), 1}));
}

std::string Describe(const nb::ndarray<nb::ro>& array) {
  const nb::dlpack::dtype type = array.dtype();
  std::string text;
  switch (static_cast<nb::dlpack::dtype_code>(type.code)) {
    case nb::dlpack::dtype_code::Int:
      text = "int";
      break;
    case nb::dlpack::dtype_code::UInt:
      text = "uint";
      break;
    case nb::dlpack::dtype_code::Float:
      text = "float";
      break;
    case nb::dlpack::dtype_code::Bfloat:
      text = "bfloat";
      break;
    default:
      text = "another type of ";
  }
  text += std::to_string(type.bits) + " [";
  for (size_t i = 0; i < array.ndim(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(array.shape(i));
  }
  return text + "]";
}

/// Elements by channel, row and column; strides in elements.
struct Layout {
  int64_t channel = 0, row = 0, column = 0;
};

template <typename From, typename To>
std::vector<To> CopyPlanes(const void* data, const Layout& layout, int side) {
  std::vector<To> planes;
  planes.reserve(3 * static_cast<size_t>(side) * static_cast<size_t>(side));
  const From* const first = static_cast<const From*>(data);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < side; ++y) {
      const From* const row = first + c * layout.channel + y * layout.row;
      for (int x = 0; x < side; ++x) planes.push_back(static_cast<To>(row[x * layout.column]));
    }
  }
  return planes;
}

}  // namespace

std::shared_ptr<const FeatureTable> TableOf(const Rows& rows) {
  FeatureTable table;
  table.rows = static_cast<int64_t>(rows.shape(0));
  table.row_size = static_cast<int64_t>(rows.shape(1));
  table.values.assign(rows.data(), rows.data() + rows.size());
  return std::make_shared<const FeatureTable>(std::move(table));
}

NewRows ArrayOf(FeatureTable table) {
  auto held = std::make_unique<FeatureTable>(std::move(table));
  float* const data = held->values.data();
  const std::initializer_list<size_t> shape = {static_cast<size_t>(held->rows),
                                               static_cast<size_t>(held->row_size)};
  return NewRows(data, shape, Holder(std::move(held)));
}

FrameFormat ParseFrameFormat(const std::string& name) {
  if (name == "bgr") return FrameFormat::kBgr;
  if (name == "rgb") return FrameFormat::kRgb;
  if (name == "yuv") return FrameFormat::kYuv;
  throw Error(ErrorCode::kInvalidArgument,
              "format: expected bgr, rgb or yuv, found \"" + name + "\"");
}

/// Blocks of one size, of which a few that are free are kept.
class FrameExporter::Memory {
 public:
  using Block = std::unique_ptr<uint8_t[]>;

  Block Take(size_t size) {
    std::lock_guard lock(mutex_);
    if (size != size_) free_.clear();
    size_ = size;
    if (free_.empty()) return std::make_unique_for_overwrite<uint8_t[]>(size);
    Block block = std::move(free_.back());
    free_.pop_back();
    return block;
  }
  void GiveBack(Block block, size_t size) {
    std::lock_guard lock(mutex_);
    if (size == size_ && free_.size() < kMostFree) free_.push_back(std::move(block));
  }

 private:
  static constexpr size_t kMostFree = 4;

  std::mutex mutex_;
  size_t size_ = 0;
  std::vector<Block> free_;
};

FrameExporter::FrameExporter(FrameFormat format)
    : format_(format), memory_(std::make_shared<Memory>()) {}

nb::object FrameExporter::Pixels(const VideoFrame& frame) const {
  struct Lease {
    ~Lease() { memory->GiveBack(std::move(block), size); }
    std::shared_ptr<Memory> memory;
    size_t size;
    Memory::Block block;
  };
  const auto height = static_cast<size_t>(frame.height());
  const auto width = static_cast<size_t>(frame.width());
  const size_t size = 3 * height * width;
  auto lease = std::make_unique<Lease>(memory_, size, memory_->Take(size));
  uint8_t* const pixels = lease->block.get();
  {
    const WithoutGil no_gil;
    frame.CopyPixels(format_ == FrameFormat::kBgr ? PixelOrder::kBgr : PixelOrder::kRgb,
                     {pixels, size});
  }
  using Array = nb::ndarray<nb::numpy, uint8_t, nb::ndim<3>>;
  return nb::cast(Array(pixels, {height, width, 3}, Holder(std::move(lease))));
}

nb::object FrameExporter::Export(VideoFrame frame) const {
  if (format_ != FrameFormat::kYuv) return Pixels(frame);
  auto held = std::make_unique<VideoFrame>(std::move(frame));
  const FramePlane planes[] = {held->plane(0), held->plane(1), held->plane(2)};
  const nb::capsule holder = Holder(std::move(held));
  return nb::make_tuple(PlaneArray(planes[0], holder), PlaneArray(planes[1], holder),
                        PlaneArray(planes[2], holder));
}

PlanarPrediction CopyPrediction(const nb::ndarray<nb::ro>& array, int side) {
  const auto fail = [&] {
    const std::string n = std::to_string(side);
    throw Error(ErrorCode::kInvalidArgument,
                "prediction: expected uint8, float32 or float64 [3, " + n + ", " + n + "] or [" +
                    n + ", " + n + ", 3] in the CPU's memory, found " + Describe(array));
  };
  const bool is_batch = array.ndim() == 4 && array.shape(0) == 1;
  if (array.ndim() != 3 && !is_batch) fail();
  const size_t first = is_batch ? 1 : 0;
  const auto size = static_cast<size_t>(side);
  const auto is = [&](size_t a, size_t b, size_t c) {
    return array.shape(first) == a && array.shape(first + 1) == b && array.shape(first + 2) == c;
  };
  const auto stride = [&](size_t i) { return array.stride(first + i); };
  Layout layout;
  if (is(3, size, size)) {
    layout = {stride(0), stride(1), stride(2)};
  } else if (is(size, size, 3)) {
    layout = {stride(2), stride(0), stride(1)};
  } else {
    fail();
  }
  if (array.device_type() != nb::device::cpu::value) fail();
  if (array.dtype() == nb::dtype<uint8_t>()) {
    return CopyPlanes<uint8_t, uint8_t>(array.data(), layout, side);
  }
  if (array.dtype() == nb::dtype<float>()) {
    return CopyPlanes<float, float>(array.data(), layout, side);
  }
  if (array.dtype() != nb::dtype<double>()) fail();
  return CopyPlanes<double, float>(array.data(), layout, side);
}

}  // namespace mouthpiece::python
