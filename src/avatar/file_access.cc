#include "avatar/file_access.h"

#include <cerrno>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace fs = std::filesystem;
namespace {

std::string KindOf(fs::file_type type) {
  switch (type) {
    case fs::file_type::regular:
      return "a file";
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::fifo:
      return "a pipe";
    default:
      return "something else";
  }
}

fs::file_type TypeOf(const fs::path& path, const std::string& expected) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found) {
    Fail(path, "is missing", expected, "nothing");
  }
  if (code) Fail(path, "cannot be reached: " + code.message());
  return status.type();
}

}  // namespace

void Fail(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadMedia, path.string() + ": " + what);
}

void Fail(const fs::path& path, const std::string& what, const std::string& expected,
          const std::string& found) {
  Fail(path, what + ": expected " + expected + ", found " + found);
}

std::string Quoted(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string quoted = "\"";
  for (const char c : text.substr(0, kLongest)) quoted += c >= 0x20 && c < 0x7f ? c : '?';
  return quoted + (text.size() > kLongest ? "...\"" : "\"");
}

bool NameExists(const fs::path& path) {
  std::error_code code;
  return fs::symlink_status(path, code).type() != fs::file_type::not_found;
}

uint64_t RequireFile(const fs::path& path) {
  const fs::file_type type = TypeOf(path, "a file");
  if (type != fs::file_type::regular) Fail(path, "is no file", "a file", KindOf(type));
  std::error_code code;
  const uint64_t size = fs::file_size(path, code);
  if (code) Fail(path, "cannot be reached: " + code.message());
  if (size == 0) Fail(path, "is empty", "data", "0 bytes");
  return size;
}

void RequireFolder(const fs::path& path) {
  const fs::file_type type = TypeOf(path, "a folder");
  if (type != fs::file_type::directory) Fail(path, "is no folder", "a folder", KindOf(type));
}

fs::path InsidePackage(const fs::path& root, const fs::path& name) {
  const fs::path inside = name.lexically_normal();
  if (name.is_absolute() || inside.empty() || *inside.begin() == "..") {
    Fail(root / name, "leaves the package", "a path inside it", Quoted(name.string()));
  }
  return root / name;
}

std::ifstream OpenFile(const fs::path& path) {
  RequireFile(path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    Fail(path, "cannot be opened: " + std::generic_category().message(errno == 0 ? EIO : errno));
  }
  return file;
}

void ReadExactly(std::ifstream& file, const fs::path& path, std::span<char> target) {
  file.read(target.data(), static_cast<std::streamsize>(target.size()));
  const auto found = static_cast<size_t>(file.gcount());
  if (found != target.size()) {
    Fail(path, "ends early", std::to_string(target.size()) + " more bytes", std::to_string(found));
  }
}

std::string ReadFile(const fs::path& path, uint64_t limit) {
  const uint64_t size = RequireFile(path);
  if (size > limit) {
    Fail(path, "is too large", "at most " + std::to_string(limit) + " bytes", std::to_string(size));
  }
  std::ifstream file = OpenFile(path);
  std::string text(static_cast<size_t>(size), '\0');
  ReadExactly(file, path, text);
  return text;
}

}  // namespace mouthpiece
