// Errors of the library as mouthpiece.Error.
#ifndef MOUTHPIECE_PYTHON_ERRORS_H_
#define MOUTHPIECE_PYTHON_ERRORS_H_

#include <nanobind/nanobind.h>

namespace mouthpiece::python {

/// Adds the exception `Error` to `module` and has every mouthpiece::Error raise it.
void BindErrors(nanobind::module_& module);

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_ERRORS_H_
