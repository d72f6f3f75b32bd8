// Errors of the library as mouthpiece.Error.
#ifndef MOUTHPIECE_PYTHON_ERRORS_H_
#define MOUTHPIECE_PYTHON_ERRORS_H_

#include <nanobind/nanobind.h>

#include <string>

namespace mouthpiece::python {

/// `text` of the library as Python's strings hold it, in one line: control characters are spaces,
/// bytes of file names that are no UTF-8 are written as os.fsdecode does, and options that the
/// command line has are called what Python calls them.
nanobind::object PythonText(const std::string& text);

/// Adds the exceptions `Error` and `ArgumentError` to `module` and has every mouthpiece::Error
/// raise one of them.
void BindErrors(nanobind::module_& module);

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_ERRORS_H_
