// mouthpiece._core: the library as the Python package sees it. Names, defaults and documentation
// for people are in python/mouthpiece.
#include <nanobind/nanobind.h>

#include "bindings.h"
#include "errors.h"
#include "mouthpiece/version.h"
#include "waiting.h"

NB_MODULE(_core, module) {
  using namespace mouthpiece::python;  // NOLINT
  module.attr("version") = mouthpiece::Version();
  // Threads that the interpreter leaves behind at its end hold objects of ours, which are no leaks.
  nanobind::set_leak_warnings(false);
  BindErrors(module);
  BindWaiting(module);
  BindAvatar(module);
  BindAudio(module);
  BindSpeech(module);
  BindOptions(module);
  BindRender(module);
  BindCompositor(module);
  BindImport(module);
  BindInspect(module);
  BindDevices(module);
  BindLive(module);
}
