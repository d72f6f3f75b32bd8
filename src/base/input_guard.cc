#include "base/input_guard.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <system_error>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Refuse(const fs::path& output, const std::string& what, const fs::path& input) {
  throw Error(ErrorCode::kInvalidArgument, output.string() + ": " + what + " " + input.string() +
                                               ", which this job reads; choose another name for " +
                                               "the output");
}

/// Without links, as far as it exists.
fs::path Resolved(const fs::path& path) {
  std::error_code failed;
  fs::path resolved = fs::weakly_canonical(fs::absolute(path), failed);
  if (!resolved.has_filename()) resolved = resolved.parent_path();  // "folder/"
  return failed ? path : resolved;
}

bool IsBelow(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace

bool IsUrl(const std::string& name) {
  const size_t colon = name.find("://");
  return colon != std::string::npos && colon > 0 &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-'; });
}

void RefuseUrl(const fs::path& output) {
  if (!IsUrl(output.native())) return;
  if (output.native().starts_with("file://")) {
    throw Error(ErrorCode::kInvalidArgument,
                output.string() + ": is a URL; give the file's path alone");
  }
  throw Error(ErrorCode::kInvalidArgument,
              output.string() + ": is a URL, and outputs are files, folders and standard output; " +
                  "render -o - writes y4m for a program that sends it: | ffmpeg -i - ...");
}

bool IsSamePlace(const fs::path& a, const fs::path& b) {
  struct stat found_a {};
  struct stat found_b {};
  if (::stat(a.c_str(), &found_a) != 0 || ::stat(b.c_str(), &found_b) != 0) {
    return Resolved(a) == Resolved(b);
  }
  // Both may go to /dev/null.
  return (S_ISREG(found_a.st_mode) || S_ISDIR(found_a.st_mode)) &&
         found_a.st_dev == found_b.st_dev && found_a.st_ino == found_b.st_ino;
}

void RefuseInput(const fs::path& output, std::span<const fs::path> inputs) {
  struct stat found {};
  const bool is_there = ::stat(output.c_str(), &found) == 0;
  // A device or a pipe is not replaced by writing to it.
  if (is_there && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) return;
  const fs::path resolved = is_there ? fs::path() : Resolved(output);
  for (const fs::path& input : inputs) {
    struct stat read {};
    if (::stat(input.c_str(), &read) == 0) {
      if (is_there && read.st_dev == found.st_dev && read.st_ino == found.st_ino) {
        Refuse(output, "is", input);
      }
    } else if (!is_there && Resolved(input) == resolved) {
      Refuse(output, "would become", input);
    }
  }
}

void RefuseFolderOfInputs(const fs::path& output, std::span<const fs::path> inputs) {
  std::error_code ignored;
  if (!fs::exists(output, ignored)) return;
  const fs::path folder = Resolved(output);
  for (const fs::path& input : inputs) {
    if (IsBelow(folder, Resolved(input))) Refuse(output, "is or holds", input);
  }
}

}  // namespace mouthpiece
