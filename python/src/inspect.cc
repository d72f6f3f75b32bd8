#include "mouthpiece/inspect.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <atomic>
#include <filesystem>

#include "bindings.h"
#include "errors.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

/// The report as JSON and as text.
nb::tuple Inspect(const std::filesystem::path& path) {
  PackageReport report;
  RunWithoutGil([&](const std::atomic<bool>*) { report = InspectPackage(path); });
  const std::string text = ReportToText(report);
  return nb::make_tuple(nb::bytes(ReportToJson(report).c_str()),
                        nb::bytes(text.c_str(), text.size()));
}

}  // namespace

void BindInspect(nb::module_& module) { module.def("inspect", Inspect, "path"_a); }

}  // namespace mouthpiece::python
