#include "mouthpiece/devices.h"

#include <nanobind/nanobind.h>

#include <atomic>
#include <string>
#include <vector>

#include "bindings.h"
#include "waiting.h"

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

/// What drivers say need not be UTF-8.
nb::object TextOf(const std::string& text) {
  return nb::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

/// A tuple each, in the order of mouthpiece.Device.
nb::list ListDevices() {
  std::vector<DeviceDescription> devices;
  RunWithoutGil([&](const std::atomic<bool>*) { devices = Devices(); });
  nb::list list;
  for (const DeviceDescription& device : devices) {
    list.append(nb::make_tuple(TextOf(device.device), TextOf(device.name), ToString(device.kind),
                               TextOf(device.driver), device.memory_bytes, device.is_usable,
                               TextOf(device.note)));
  }
  return list;
}

}  // namespace

void BindDevices(nb::module_& module) { module.def("devices", ListDevices); }

}  // namespace mouthpiece::python
