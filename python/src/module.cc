// mouthpiece._core: the library as the Python package sees it. Names, defaults and documentation
// for people are in python/mouthpiece.
#include <nanobind/nanobind.h>

#include "bindings.h"
#include "errors.h"
#include "mouthpiece/version.h"

NB_MODULE(_core, module) {
  using namespace mouthpiece::python;  // NOLINT
  module.attr("version") = mouthpiece::Version();
  BindErrors(module);
  BindAvatar(module);
  BindAudio(module);
  BindRender(module);
  BindCompositor(module);
  BindImport(module);
}
