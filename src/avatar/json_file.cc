#include "avatar/json_file.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "avatar/file_access.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using nlohmann::json;

constexpr uint64_t kLargestFile = uint64_t{32} << 20;
constexpr int kDeepest = 32;

/// `text` with a second backslash before those that begin no escape: Windows' paths are often
/// written without.
std::string WithBackslashesEscaped(const std::string& text) {
  constexpr std::string_view kEscapes = "\"\\/bfnrtu";
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    escaped += text[i];
    if (text[i] != '\\' || i + 1 == text.size()) continue;
    const char next = text[++i];
    const bool is_number =
        i + 4 < text.size() && std::all_of(&text[i + 1], &text[i + 5], [](char c) {
          return std::isxdigit(static_cast<unsigned char>(c)) != 0;
        });
    if (kEscapes.find(next) == std::string_view::npos || (next == 'u' && !is_number))
      escaped += '\\';
    escaped += next;
  }
  return escaped;
}

}  // namespace

json ReadJsonFile(const std::filesystem::path& path) {
  std::string text = ReadFile(path, kLargestFile);
  if (text.find('\\') != std::string::npos && !json::accept(text))
    text = WithBackslashesEscaped(text);
  std::vector<std::set<std::string>> keys;  // Of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepest) {
      Fail(path, "is nested too deeply", "at most " + std::to_string(kDeepest) + " levels", "more");
    }
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) Fail(path, "gives " + Quoted(key) + " twice");
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::parse_error& error) {
    // The parser's own message quotes the file, which need not be text.
    Fail(path, "is not valid JSON at byte " + std::to_string(error.byte) + " of " +
                   std::to_string(text.size()));
  } catch (const json::exception&) {
    Fail(path, "is not valid JSON: it holds a number out of range");
  }
}

}  // namespace mouthpiece
