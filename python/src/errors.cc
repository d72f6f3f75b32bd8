#include "errors.h"

#include <nanobind/stl/string.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "mouthpiece/error.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT

namespace mouthpiece::python {
namespace {

constexpr const char* kErrorDoc =
    "What went wrong, in the one line that the command line prints: it names the file, the frame, "
    "what was expected and what was found.\n\n"
    "``code`` is one of \"invalid_argument\", \"bad_package\", \"bad_media\", \"unsupported\", "
    "\"io\", \"cancelled\", \"internal\".";
constexpr const char* kArgumentErrorDoc =
    "An argument has a value that it cannot have: which, what was expected, what was found. An "
    "Error (``code`` \"invalid_argument\") and a ValueError.";

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

/// What messages say of the command line's options, and what Python says. Whole phrases, since file
/// names may hold anything; a test looks for others in the library's sources.
constexpr std::pair<std::string_view, std::string_view> kPhrases[] = {
    {"exists already; --overwrite replaces it", "exists already; overwrite=True replaces it"},
    {"for finished; --overwrite replaces it", "for finished; overwrite=True replaces it"},
    {"is heard; --audio-track N takes another", "is heard; audio_track=N takes another"},
    {"; --frames A:B of one frame is one image", "; frames=(A, A + 1) is one image"},
    {"key-out: expected ", "key_out: expected "},
    {"transparent in part, or --key-out, found neither",
     "transparent in part, or key_out, found neither"},
    {"so --key-out changes nothing", "so key_out changes nothing"},
    {"and --codec prores_ks in a .mov can, and --background puts",
     "and codec=\"prores_ks\" in a .mov can, and background puts"},
    {"expected --threads N, the same", "expected threads=N, the same"},
    {"--loop none does not start over", "loop=\"none\" does not start over"},
    {"; --frames says which part to render", "; frames=(A, B) says which part to render"},
    {"of which --loop none renders", "of which loop=\"none\" renders"},
    {"; give features made for it with --features", "; give features made for it with features="},
    {"; give speech with --audio, or features with --features",
     "; give speech with audio=, or features with features="},
    {"or give features made elsewhere with --features",
     "or give features made elsewhere with features="},
    {"expected even numbers, or --background images",
     "expected even numbers, or background=\"images\""},
    {"images, .y4m and --codec ffv1 in an .mkv", "images, .y4m and codec=\"ffv1\" in an .mkv"},
    {"files and pipes: curl -sL URL | mouthpiece render ... --audio -", "files, pipes and memory"},
    {"models/generator.onnx, or --model MODEL.onnx",
     "models/generator.onnx, or model=\"MODEL.onnx\""},
    {"expected a shard that render --shard wrote", "expected a shard that render(shard=...) wrote"},
};

std::string InPythonsWords(std::string text) {
  for (const auto& [phrase, replacement] : kPhrases) {
    const size_t at = text.find(phrase);
    if (at != std::string::npos) text.replace(at, phrase.size(), replacement);
  }
  return text;
}

struct Classes {
  PyObject* error;
  PyObject* argument_error;
};

/// `classes` are those of the module, which keeps them alive.
void Translate(const std::exception_ptr& exception, void* classes) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    const auto* known = static_cast<const Classes*>(classes);
    const nb::handle type =
        error.code() == ErrorCode::kInvalidArgument ? known->argument_error : known->error;
    const nb::object raised = type(PythonText(error.what()));
    raised.attr("code") = NameOf(error.code());
    PyErr_SetObject(type.ptr(), raised.ptr());
  }
}

/// A class of the module.
nb::object NewException(nb::module_& module, const char* name, const char* doc,
                        const nb::handle& bases, ErrorCode code) {
  const std::string full = nb::cast<std::string>(module.attr("__name__")) + "." + name;
  PyObject* const type = PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr);
  if (type == nullptr) throw nb::python_error();
  const nb::object made = nb::steal(type);
  made.attr("code") = NameOf(code);
  module.attr(name) = made;
  return made;
}

}  // namespace

nb::object PythonText(const std::string& text) {
  std::string line = InPythonsWords(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return nb::steal(
      PyUnicode_DecodeUTF8(line.data(), static_cast<Py_ssize_t>(line.size()), "surrogateescape"));
}

void BindErrors(nb::module_& module) {
  const nb::object error =
      NewException(module, "Error", kErrorDoc, PyExc_RuntimeError, ErrorCode::kInternal);
  const nb::object bases = nb::make_tuple(error, nb::handle(PyExc_ValueError));
  const nb::object argument_error =
      NewException(module, "ArgumentError", kArgumentErrorDoc, bases, ErrorCode::kInvalidArgument);
  // Lives as long as the translator, which is never taken back.
  auto* const classes = new Classes{error.ptr(), argument_error.ptr()};
  nb::register_exception_translator(Translate, classes);
  module.def("python_text", PythonText, "text"_a);
}

}  // namespace mouthpiece::python
