#include "mouthpiece/compositor.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

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

class CompositorObject {
 public:
  CompositorObject(const AvatarObject& avatar, const Machine& machine, const std::string& resample)
      : compositor_(avatar.avatar(), machine, ParseChoice<Resample>("resample", resample)) {}

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

}  // namespace

void BindCompositor(nb::module_& module) {
  nb::class_<CompositorObject>(module, "Compositor")
      .def(nb::init<const AvatarObject&, const Machine&, const std::string&>(), "avatar"_a,
           "machine"_a, "resample"_a)
      .def("composite", &CompositorObject::Composite, "index"_a, "prediction"_a, "format"_a);
}

}  // namespace mouthpiece::python
