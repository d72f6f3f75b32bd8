#include "avatar.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

constexpr const char* kClassDoc =
    "A talking-head package, opened and checked once. Immutable; may be shared by threads.";
constexpr const char* kOpenDoc =
    "Opens the package folder ``path`` (SyncTalk_2D v2.0: videos or image folders) and checks all "
    "that can be checked without decoding. Raises Error, which names the file, what was expected "
    "and what was found.";
constexpr const char* kFrameDoc =
    "The full picture of frame ``index`` as it is in the package: uint8 [height, width, 3] for "
    "\"bgr\" and \"rgb\"; for \"yuv\" a tuple of its planes Y [height, width], U and V "
    "[(height+1)/2, (width+1)/2], read-only.\n\n"
    "Decoded as it is asked for; ascending order costs least.";
constexpr const char* kFrameSignature =
    "def frame(self, index: int, format: str = 'bgr') -> numpy.typing.NDArray[numpy.uint8] | "
    "tuple[numpy.typing.NDArray[numpy.uint8], ...]";
constexpr const char* kFaceDoc =
    "What the network sees of frame ``index``: uint8 [6, face_size, face_size], the planes B, G, R "
    "of the face, then those of the face with its lower part blacked out. The network takes them "
    "as float32 / 255.";

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

std::string Repr(const AvatarObject& self) {
  const Avatar& avatar = *self.avatar();
  return "<mouthpiece.Avatar " + avatar.path().filename().string() + ": " +
         std::to_string(avatar.frame_count()) + " frames of " + std::to_string(avatar.width()) +
         "x" + std::to_string(avatar.height()) + ">";
}

}  // namespace

void BindAvatar(nb::module_& module) {
  nb::class_<AvatarObject>(module, "Avatar", kClassDoc)
      .def_static("open", Open, "path"_a, kOpenDoc)
      .def_prop_ro(
          "path", [](const AvatarObject& self) { return self.avatar()->path(); }, "The folder.")
      .def_prop_ro(
          "frame_count", [](const AvatarObject& self) { return self.avatar()->frame_count(); },
          "Frames usable for rendering: the smallest count that all parts share.")
      .def("__len__", [](const AvatarObject& self) { return self.avatar()->frame_count(); })
      .def_prop_ro(
          "width", [](const AvatarObject& self) { return self.avatar()->width(); },
          "Of the full frame, in pixels.")
      .def_prop_ro(
          "height", [](const AvatarObject& self) { return self.avatar()->height(); },
          "Of the full frame, in pixels.")
      .def_prop_ro(
          "fps", [](const AvatarObject& self) { return self.avatar()->frame_rate().value(); },
          "Frames a second.")
      .def_prop_ro("rectangles", RectanglesOf, nb::rv_policy::reference,
                   "Where the face is in each frame: int32 [frame_count, 4], x1, y1, x2, y2 in "
                   "pixels, half-open.")
      .def_prop_ro(
          "face_size", [](AvatarObject& self) { return self.pictures().face_size(); },
          "Sides of the face that the network sees, in pixels: 320 for SyncTalk_2D.")
      .def_prop_ro(
          "warnings",
          [](const AvatarObject& self) {
            const auto warnings = self.avatar()->warnings();
            return std::vector<std::string>(warnings.begin(), warnings.end());
          },
          "What was odd but could be worked with, one line each.")
      .def("frame", FrameOf, "index"_a, "format"_a = "bgr", nb::sig(kFrameSignature), kFrameDoc)
      .def("face", FaceOf, "index"_a, kFaceDoc)
      .def("__repr__", Repr);
}

}  // namespace mouthpiece::python
