#include "mouthpiece/import.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "bindings.h"
#include "choices.h"
#include "errors.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

/// Returns (frames, frames of which pixels are kept, warnings).
nb::tuple Import(const std::filesystem::path& dataset, const std::filesystem::path& output,
                 const std::filesystem::path& model, const std::filesystem::path& audio_encoder,
                 const std::string& background, int crf, const std::string& preset, int threads,
                 bool overwrite, const nb::object& on_progress) {
  const ImportOptions options{.model = model,
                              .audio_encoder = audio_encoder,
                              .background = ParseChoice<Background>("background", background),
                              .crf = crf,
                              .preset = preset,
                              .threads = threads,
                              .overwrite = overwrite};
  std::atomic<int64_t> done = 0;
  std::atomic<int64_t> total = 0;
  const auto tell = [&] {
    if (!on_progress.is_none() && total > 0) on_progress("importing", done.load(), total.load());
  };
  ImportReport report;
  RunWithoutGil(
      [&](const std::atomic<bool>* cancel) {
        const Hooks hooks{.progress =
                              [&](const Progress& progress) {
                                done = progress.done;
                                total = progress.total;
                              },
                          .cancel = cancel};
        report = ImportDataset(dataset, output, options, hooks);
      },
      tell);
  tell();
  nb::list warnings;
  for (const std::string& warning : report.warnings) warnings.append(PythonText(warning));
  return nb::make_tuple(report.frames, report.kept_frames, warnings);
}

}  // namespace

void BindImport(nb::module_& module) {
  module.def("import_dataset", Import, "dataset"_a, "output"_a, "model"_a, "audio_encoder"_a,
             "background"_a, "crf"_a, "preset"_a, "threads"_a, "overwrite"_a,
             "on_progress"_a = nb::none());
}

}  // namespace mouthpiece::python
