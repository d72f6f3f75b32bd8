// The parts of the module mouthpiece._core.
#ifndef MOUTHPIECE_PYTHON_BINDINGS_H_
#define MOUTHPIECE_PYTHON_BINDINGS_H_

#include <nanobind/nanobind.h>

namespace mouthpiece::python {

void BindAvatar(nanobind::module_& module);
void BindAudio(nanobind::module_& module);
void BindSpeech(nanobind::module_& module);
void BindOptions(nanobind::module_& module);
void BindRender(nanobind::module_& module);
void BindCompositor(nanobind::module_& module);
void BindImport(nanobind::module_& module);
void BindInspect(nanobind::module_& module);
void BindDevices(nanobind::module_& module);
void BindLive(nanobind::module_& module);

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_BINDINGS_H_
