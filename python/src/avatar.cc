#include "avatar.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "errors.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

using Rectangles = nb::ndarray<nb::numpy, int32_t, nb::shape<-1, 4>>;
using Planes = nb::ndarray<nb::numpy, uint8_t, nb::ndim<3>>;

AvatarObject Open(const std::filesystem::path& path) {
  std::shared_ptr<const Avatar> avatar;
  RunWithoutGil([&](const std::atomic<bool>*) { avatar = Avatar::Open(path); });
  return AvatarObject(std::move(avatar));
}

Rectangles RectanglesOf(const AvatarObject& self) {
  const std::span<const Rect> rectangles = self.avatar()->rectangles();
  auto values = std::make_unique<std::vector<int32_t>>();
  for (const Rect& r : rectangles) values->insert(values->end(), {r.x1, r.y1, r.x2, r.y2});
  int32_t* const data = values->data();
  const nb::capsule owner(values.release(), [](void* held) noexcept {
    delete static_cast<std::vector<int32_t>*>(held);
  });
  return Rectangles(data, {rectangles.size(), 4}, owner);
}

nb::object FrameOf(AvatarObject& self, int index, const std::string& format) {
  const FrameExporter exporter(ParseFrameFormat(format));
  AvatarPictures& pictures = self.pictures();
  VideoFrame frame;
  {
    const WithoutGil no_gil;
    frame = pictures.Full(index);
  }
  return exporter.Export(std::move(frame));
}

Planes FaceOf(AvatarObject& self, int index) {
  AvatarPictures& pictures = self.pictures();
  const auto side = static_cast<size_t>(pictures.face_size());
  auto planes = std::make_unique<uint8_t[]>(6 * side * side);
  {
    const WithoutGil no_gil;
    pictures.Face(index, {planes.get(), 6 * side * side});
  }
  uint8_t* const data = planes.get();
  const nb::capsule owner(planes.release(),
                          [](void* held) noexcept { delete[] static_cast<uint8_t*>(held); });
  return Planes(data, {6, side, side}, owner);
}

}  // namespace

void BindAvatar(nb::module_& module) {
  module.def("open_avatar", Open, "path"_a);
  nb::class_<AvatarObject>(module, "Avatar")
      .def_prop_ro("path", [](const AvatarObject& self) { return self.avatar()->path(); })
      .def_prop_ro("frame_count",
                   [](const AvatarObject& self) { return self.avatar()->frame_count(); })
      .def_prop_ro("width", [](const AvatarObject& self) { return self.avatar()->width(); })
      .def_prop_ro("height", [](const AvatarObject& self) { return self.avatar()->height(); })
      .def_prop_ro("fps",
                   [](const AvatarObject& self) { return self.avatar()->frame_rate().value(); })
      .def_prop_ro("rectangles", RectanglesOf, nb::rv_policy::reference)
      .def_prop_ro("face_size", [](AvatarObject& self) { return self.pictures().face_size(); })
      .def_prop_ro("warnings",
                   [](const AvatarObject& self) {
                     nb::list warnings;
                     for (const std::string& line : self.avatar()->warnings()) {
                       warnings.append(PythonText(line));
                     }
                     return warnings;
                   })
      .def("frame", FrameOf, "index"_a, "format"_a)
      .def("face", FaceOf, "index"_a);
}

}  // namespace mouthpiece::python
