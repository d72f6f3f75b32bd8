#include "avatar/npy_header.h"

#include <array>
#include <charconv>
#include <string>

#include "avatar/file_access.h"

namespace mouthpiece {
namespace {

constexpr size_t kLongestHeader = 4096;  // NumPy itself writes 118 bytes
constexpr size_t kMostDimensions = 8;

/// Walks over the header's text. What is not understood is an error.
class LiteralReader {
 public:
  LiteralReader(std::string_view text, const std::filesystem::path& path)
      : text_(text), path_(path) {}

  /// Skips spaces, then `c` if it is next.
  bool Accept(char c) {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) {
      text_.remove_prefix(1);
    }
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void Expect(char c) {
    if (!Accept(c)) FailHere(std::string("'") + c + "'");
  }

  std::string_view String() {
    const char quote = Accept('\'') ? '\'' : '"';
    if (quote == '"') Expect('"');
    const size_t end = text_.find(quote);
    if (end == std::string_view::npos) FailHere("the end of a string");
    return Take(end, end + 1);
  }

  bool Boolean() {
    Accept(' ');
    for (const std::string_view word : {"True", "False"}) {
      if (text_.starts_with(word)) return Take(word.size(), word.size()) == "True";
    }
    FailHere("True or False");
  }

  std::vector<int64_t> Tuple() {
    Expect('(');
    std::vector<int64_t> values;
    while (!Accept(')')) {
      int64_t value = 0;
      const auto [end, status] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (status != std::errc() || value < 0) FailHere("a size of at least 0");
      if (values.size() == kMostDimensions) FailHere("fewer dimensions");
      values.push_back(value);
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      if (!Accept(',')) {
        Expect(')');
        break;
      }
    }
    return values;
  }

  [[noreturn]] void FailHere(const std::string& expected) const {
    Fail(path_, "has a damaged .npy header", expected, Quoted(text_));
  }

 private:
  /// The first `count` characters; drops the first `skip`.
  std::string_view Take(size_t count, size_t skip) {
    const std::string_view taken = text_.substr(0, count);
    text_.remove_prefix(skip);
    return taken;
  }

  std::string_view text_;
  const std::filesystem::path& path_;
};

FloatType ReadType(LiteralReader& reader, const std::filesystem::path& path, NpyValues values) {
  const char* const expected = values == NpyValues::kInt32
                                   ? "little-endian int32"
                                   : "little-endian float32, float64 or float16";
  if (reader.Accept('[')) Fail(path, "has values of a wrong type", expected, "a structure");
  const std::string_view type = reader.String();
  if (values == NpyValues::kInt32) {
    if (type == "<i4") return {};
  } else {
    if (type == "<f4") return FloatType::kFloat32;
    if (type == "<f8") return FloatType::kFloat64;
    if (type == "<f2") return FloatType::kFloat16;
  }
  Fail(path, "has values of a wrong type", expected,
       type.ends_with('O') ? "Python objects" : Quoted(type));
}

}  // namespace

NpyHeader ParseNpyHeader(std::string_view text, const std::filesystem::path& path,
                         NpyValues values) {
  LiteralReader reader(text, path);
  NpyHeader header;
  bool has_type = false;
  bool has_order = false;
  bool has_shape = false;
  reader.Expect('{');
  while (!reader.Accept('}')) {
    const std::string_view key = reader.String();
    reader.Expect(':');
    if (key == "descr" && !has_type) {
      header.type = ReadType(reader, path, values);
      has_type = true;
    } else if (key == "fortran_order" && !has_order) {
      if (reader.Boolean()) Fail(path, "has a wrong order", "C order", "Fortran order");
      has_order = true;
    } else if (key == "shape" && !has_shape) {
      header.shape = reader.Tuple();
      has_shape = true;
    } else {
      reader.FailHere("descr, fortran_order and shape once");
    }
    if (!reader.Accept(',')) {
      reader.Expect('}');
      break;
    }
  }
  if (!has_type || !has_order || !has_shape) reader.FailHere("descr, fortran_order and shape");
  return header;
}

NpyHeader ReadNpyHeader(std::ifstream& file, const std::filesystem::path& path, NpyValues values) {
  // Magic string, version (major, minor), length of the text: 2 bytes in version 1, else 4.
  std::array<char, 12> start{};
  ReadExactly(file, path, std::span(start).first(8));
  if (std::string_view(start.data(), 6) != "\x93NUMPY") {
    Fail(path, "is no .npy file", "the mark \\x93NUMPY", Quoted({start.data(), 6}));
  }
  const int version = static_cast<uint8_t>(start[6]);
  if (version < 1 || version > 3) {
    Fail(path, "is of an unknown .npy version", "1 to 3", std::to_string(version));
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  ReadExactly(file, path, std::span(start).subspan(8, length_bytes));
  size_t length = 0;
  for (size_t i = length_bytes; i > 0; --i) {
    length = length << 8 | static_cast<uint8_t>(start[8 + i - 1]);
  }
  if (length > kLongestHeader) {
    Fail(path, "has a damaged .npy header", "at most " + std::to_string(kLongestHeader) + " bytes",
         std::to_string(length));
  }
  std::string text(length, '\0');
  ReadExactly(file, path, text);
  return ParseNpyHeader(text, path, values);
}

}  // namespace mouthpiece
