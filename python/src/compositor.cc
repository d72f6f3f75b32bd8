#include "mouthpiece/compositor.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <new>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "arrays.h"
#include "avatar.h"
#include "bindings.h"
#include "choices.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

constexpr const char* kClassDoc =
    "Puts mouths that a model of your own has made into an avatar's frames, exactly as "
    "Renderer does with those of the package's network. May be used by several threads, which take "
    "turns.";
constexpr const char* kInitDoc =
    "``cache``: where the avatar's frames come from, as in Renderer (\"auto\", \"ram\", \"chunk\", "
    "\"stream\", \"disk\"); frames in another order than ascending are fast with \"ram\" only. "
    "``memory_budget``: bytes for them. ``threads``: for decoding, 0 for all cores. ``resample``: "
    "how the face is fitted to its rectangle, \"linear\" or \"cubic\".";
constexpr const char* kCompositeDoc =
    "The avatar's frame ``index`` with the mouth ``prediction``.\n\n"
    "``prediction``: an array of NumPy, PyTorch or anything else that speaks DLPack, in the CPU's "
    "memory, [3, face_size, face_size] or [face_size, face_size, 3], with or without a leading 1, "
    "of any strides; channels in the order B, G, R; uint8 in [0, 255], or float32 or float64 in "
    "[0, 1], which is truncated to 8 bits as uint8(255 * x) is.\n\n"
    "Returns uint8 [height, width, 3] of its own for ``format`` \"bgr\" or \"rgb\"; for \"yuv\" a "
    "tuple of the planes Y [height, width], U and V [(height+1)/2, (width+1)/2], read-only and not "
    "copied, that stay as they are as long as they are held.";

constexpr const char* kCompositeSignature =
    "def composite(self, index: int, prediction: object, *, format: str = 'bgr') -> "
    "numpy.typing.NDArray[numpy.uint8] | tuple[numpy.typing.NDArray[numpy.uint8], ...]";

class CompositorObject {
 public:
  CompositorObject(const AvatarObject& avatar, const Machine& machine, Resample resample)
      : compositor_(avatar.avatar(), machine, resample) {}

  nb::object Composite(int index, const nb::ndarray<nb::ro>& prediction,
                       const std::string& format) {
    const FrameExporter exporter(ParseFrameFormat(format));
    VideoFrame frame;
    {
      const WithoutGil no_gil;
      const PlanarPrediction planes = CopyPrediction(prediction, compositor_.face_size());
      frame = std::visit(
          [&](const auto& values) { return compositor_.Composite(index, std::span(values)); },
          planes);
    }
    return exporter.Export(std::move(frame));
  }

 private:
  AvatarCompositor compositor_;
};

void Init(CompositorObject* self, const AvatarObject& avatar, const std::string& cache,
          uint64_t memory_budget, int threads, const std::string& resample) {
  Machine machine;
  machine.cache = ParseChoice<CacheMode>("cache", cache);
  machine.memory_budget = memory_budget;
  machine.threads = threads;
  new (self) CompositorObject(avatar, machine, ParseChoice<Resample>("resample", resample));
}

}  // namespace

void BindCompositor(nb::module_& module) {
  const uint64_t budget = Machine{}.memory_budget;
  nb::class_<CompositorObject>(module, "Compositor", kClassDoc)
      .def("__init__", Init, "avatar"_a, nb::kw_only(), "cache"_a = "auto",
           "memory_budget"_a = budget, "threads"_a = 0, "resample"_a = "linear", kInitDoc)
      .def("composite", &CompositorObject::Composite, "index"_a, "prediction"_a, nb::kw_only(),
           "format"_a = "bgr", nb::sig(kCompositeSignature), kCompositeDoc);
}

}  // namespace mouthpiece::python
