#include "errors.h"

#include <nanobind/stl/string.h>

#include <exception>
#include <string>

#include "mouthpiece/error.h"

namespace nb = nanobind;

namespace mouthpiece::python {
namespace {

constexpr const char* kDoc =
    "What went wrong, in the one line that the command line prints: it names the file, the frame, "
    "what was expected and what was found.\n\n"
    "``code`` is one of \"invalid_argument\", \"bad_package\", \"bad_media\", \"unsupported\", "
    "\"io\", \"cancelled\", \"internal\".";

const char* NameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kBadPackage:
      return "bad_package";
    case ErrorCode::kBadMedia:
      return "bad_media";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

/// As the command line prints it: control characters that a file name or a library put into the
/// message are spaces.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

/// `type` is the class Error, which the module keeps alive.
void Translate(const std::exception_ptr& exception, void* type) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    const std::string line = OneLine(error.what());
    const nb::handle error_class(static_cast<PyObject*>(type));
    // File names need not be UTF-8: Python writes such bytes in a way of its own.
    const nb::object message = nb::steal(
        PyUnicode_DecodeUTF8(line.data(), static_cast<Py_ssize_t>(line.size()), "surrogateescape"));
    const nb::object raised = error_class(message);
    raised.attr("code") = NameOf(error.code());
    PyErr_SetObject(error_class.ptr(), raised.ptr());
  }
}

}  // namespace

void BindErrors(nb::module_& module) {
  const std::string name = nb::cast<std::string>(module.attr("__name__")) + ".Error";
  PyObject* const type = PyErr_NewExceptionWithDoc(name.c_str(), kDoc, PyExc_RuntimeError, nullptr);
  if (type == nullptr) throw nb::python_error();
  const nb::object error_class = nb::steal(type);
  error_class.attr("code") = NameOf(ErrorCode::kInternal);
  module.attr("Error") = error_class;
  nb::register_exception_translator(Translate, type);
}

}  // namespace mouthpiece::python
