#include "avatar/json_file.h"

#include <set>
#include <string>
#include <vector>

#include "avatar/file_access.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using nlohmann::json;

constexpr uint64_t kLargestFile = uint64_t{32} << 20;
constexpr int kDeepest = 32;

}  // namespace

json ReadJsonFile(const std::filesystem::path& path) {
  const std::string text = ReadFile(path, kLargestFile);
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
