// Between NumPy (or DLPack) and the library.
#ifndef MOUTHPIECE_PYTHON_ARRAYS_H_
#define MOUTHPIECE_PYTHON_ARRAYS_H_

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "mouthpiece/audio.h"
#include "mouthpiece/video_frame.h"

namespace mouthpiece::python {

/// Rows of float32 that Python gives, and those that it gets.
using Rows =
    nanobind::ndarray<const float, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
using NewRows = nanobind::ndarray<nanobind::numpy, float, nanobind::ndim<2>>;

std::shared_ptr<const FeatureTable> TableOf(const Rows& rows);
/// A NumPy array that owns the table's values.
NewRows ArrayOf(FeatureTable table);

/// How frames look in Python.
enum class FrameFormat { kBgr, kRgb, kYuv };
FrameFormat ParseFrameFormat(const std::string& name);

/// Frames as NumPy arrays: pixels [height, width, 3] of their own, or the frame's planes, read-only
/// and not copied, which keep the frame. Memory of pixels that Python has dropped is used again.
/// Called with the GIL, which it releases for conversions.
class FrameExporter {
 public:
  explicit FrameExporter(FrameFormat format);

  nanobind::object Export(VideoFrame frame) const;

 private:
  class Memory;

  nanobind::object Pixels(const VideoFrame& frame) const;

  FrameFormat format_;
  std::shared_ptr<Memory> memory_;
};

/// Three planes of side x side, float or bytes.
using PlanarPrediction = std::variant<std::vector<uint8_t>, std::vector<float>>;

/// Copies an array [3,side,side] or [side,side,3], or either with a leading 1, of uint8, float32 or
/// float64 with any strides. Throws Error (kInvalidArgument) that says what was expected.
PlanarPrediction CopyPrediction(const nanobind::ndarray<nanobind::ro>& array, int side);

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_ARRAYS_H_
