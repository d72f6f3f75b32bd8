#include "avatar/numbered_files.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "avatar/file_access.h"
#include "base/faults.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

struct Name {
  fs::path file;
  std::string words;  ///< Before the number
  std::string digits;
  int number = 0;
};

constexpr size_t kMostNamed = 9;  ///< Of files that are missing

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<Name> Parse(const fs::path& file, std::initializer_list<std::string_view> suffixes) {
  std::string suffix = file.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(suffixes.begin(), suffixes.end(), suffix) == suffixes.end()) return std::nullopt;
  const std::string stem = file.stem().string();
  if (stem.empty() || stem.front() == '.') return std::nullopt;  // what macOS leaves beside files
  const auto digits = std::find_if_not(stem.rbegin(), stem.rend(), IsDigit).base();
  Name name{file, {stem.begin(), digits}, {digits, stem.end()}, 0};
  const char* const end = name.digits.data() + name.digits.size();
  const auto [at, status] = std::from_chars(name.digits.data(), end, name.number);
  if (name.digits.empty() || status != std::errc() || at != end) return std::nullopt;
  return name;
}

bool IsPadded(const Name& name) { return name.digits.size() > 1 && name.digits.front() == '0'; }

/// Of one padded with zeros, the width of all; 0 if none is.
size_t WidthOf(const std::vector<Name>& names) {
  const auto padded = std::find_if(names.begin(), names.end(), IsPadded);
  return padded != names.end() ? padded->digits.size() : 0;
}

bool FitsWidth(const Name& name, size_t width) {
  if (width == 0 || name.digits.size() == width) return true;
  return name.digits.size() > width && !IsPadded(name);
}

}  // namespace

std::string NumberedFiles::NameOf(int number) const {
  if (by_number.empty()) return std::to_string(number);
  // Like the next one that is there.
  auto like = by_number.lower_bound(number);
  if (like == by_number.end()) --like;
  const std::string stem = like->second.stem().string();
  const auto digits = std::find_if_not(stem.rbegin(), stem.rend(), IsDigit).base();
  const auto width = static_cast<size_t>(stem.end() - digits);
  std::string text = std::to_string(number);
  const bool is_padded = std::to_string(like->first).size() < width;
  if (is_padded && text.size() < width) text.insert(0, width - text.size(), '0');
  return std::string(stem.begin(), digits) + text + like->second.extension().string();
}

NumberedFiles ListNumberedFiles(const fs::path& folder,
                                std::initializer_list<std::string_view> suffixes) {
  std::vector<Name> names;
  std::error_code code;
  fs::directory_iterator entries(folder, code);
  while (!code && entries != fs::directory_iterator()) {
    if (auto name = Parse(entries->path().filename(), suffixes)) names.push_back(std::move(*name));
    entries.increment(code);
  }
  if (code) Fail(folder, "cannot be read: " + code.message());
  // The order of a folder is anything; messages should not be.
  std::sort(names.begin(), names.end(),
            [](const Name& a, const Name& b) { return a.file < b.file; });
  const bool has_plain =
      std::any_of(names.begin(), names.end(), [](const Name& name) { return name.words.empty(); });
  if (has_plain) std::erase_if(names, [](const Name& name) { return !name.words.empty(); });

  NumberedFiles files{folder, {}};
  const size_t width = WidthOf(names);
  for (const Name& name : names) {
    const std::string& other = names.front().file.string();
    if (name.words != names.front().words) {
      Fail(folder, "holds files of two names", "one, with a number at its end",
           Quoted(other) + " and " + Quoted(name.file.string()));
    }
    if (!FitsWidth(name, width)) {
      const auto padded = std::find_if(names.begin(), names.end(), IsPadded);
      Fail(folder, "is numbered in two ways", "numbers of one width, or none with a leading 0",
           Quoted(padded->file.string()) + " and " + Quoted(name.file.string()));
    }
    const auto [at, is_new] = files.by_number.emplace(name.number, name.file);
    if (!is_new) {
      Fail(folder, "gives number " + std::to_string(name.number) + " twice", "one file",
           at->second.string() + " and " + name.file.string());
    }
  }
  return files;
}

void RequireWithoutGaps(const NumberedFiles& files, const std::string& what) {
  const int first = std::min(files.first(), 1);
  const int last = files.by_number.rbegin()->first;
  std::vector<std::string> missing;
  int next = first;
  for (const auto& [number, name] : files.by_number) {
    for (; next < number && missing.size() < kMostNamed; ++next) {
      missing.push_back(files.NameOf(next));
    }
    next = number + 1;
  }
  if (missing.empty()) return;
  const auto found = static_cast<int64_t>(files.by_number.size());
  const int64_t unnamed = int64_t{last} - first + 1 - found - static_cast<int64_t>(missing.size());
  std::string more = ListOf(std::span(missing).subspan(1));
  if (unnamed > 0) more += " and " + std::to_string(unnamed) + " more";
  Fail(files.folder / missing.front(), "is missing" + (more.empty() ? "" : ", and so are " + more),
       what + " " + std::to_string(first) + " to " + std::to_string(last) + " without a hole",
       std::to_string(found) + " of them");
}

}  // namespace mouthpiece
