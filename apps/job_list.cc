#include "job_list.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Throws std::runtime_error with one line.
[[noreturn]] void Refuse(const std::string& what) { throw std::runtime_error(what); }

JobField::Type TypeOf(const json& value) {
  if (value.is_string()) return JobField::Type::kText;
  if (value.is_number()) return JobField::Type::kNumber;
  if (value.is_boolean()) return JobField::Type::kSwitch;
  Refuse(std::string("expected a text, a number, true or false, found ") + (value.is_null() ? "null"
                                                                            : value.is_array()
                                                                                ? "a list"
                                                                                : "an object"));
}

JobField FieldOf(const std::string& key, const json& value) {
  JobField field{key, {}};
  const json values = value.is_array() ? value : json::array({value});
  if (values.empty()) Refuse("\"" + key + "\": expected a value, found an empty list");
  for (const json& each : values) {
    JobField::Type type = JobField::Type::kText;
    try {
      type = TypeOf(each);
    } catch (const std::runtime_error& error) {
      Refuse("\"" + key + "\": " + error.what());
    }
    if (!field.values.empty() && type != field.type) {
      Refuse("\"" + key + "\": expected values of one kind, found several");
    }
    field.type = type;
    field.values.push_back(each.is_string() ? each.get<std::string>() : each.dump());
  }
  return field;
}

/// The object of a line; throws std::runtime_error.
json ParseObject(const std::string& text) {
  constexpr int kDeepest = 2;  // an object that holds lists
  std::set<std::string> keys;
  const auto watch = [&keys](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepest) Refuse("is nested too deeply");
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.insert(key).second) Refuse("gives \"" + key + "\" twice");
    }
    return true;
  };
  json object;
  try {
    object = json::parse(text, watch);
  } catch (const json::parse_error& error) {
    Refuse("is no JSON object in one line: wrong at character " + std::to_string(error.byte));
  } catch (const json::exception&) {
    Refuse("is no JSON: it holds a number out of range");
  }
  if (!object.is_object()) Refuse("expected a JSON object, such as {\"output\": \"talk.mp4\"}");
  return object;
}

/// False where it is no object.
bool ParseJsonLine(const std::string& text, JobLine& line, std::vector<LineProblem>& problems) {
  try {
    const json object = ParseObject(text);
    for (const auto& [key, value] : object.items()) {
      if (value.is_null()) continue;
      try {
        line.fields.push_back(FieldOf(key, value));
      } catch (const std::runtime_error& error) {
        problems.push_back({line.line, error.what()});
        line.fields.push_back({key, {}});
      }
    }
  } catch (const std::runtime_error& error) {
    problems.push_back({line.line, error.what()});
    return false;
  }
  return true;
}

bool IsBlank(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c) != 0; });
}

JobList ParseJsonLines(const std::string& text) {
  JobList list;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (IsBlank(line)) continue;
    JobLine job{number, {}};
    if (ParseJsonLine(line, job, list.problems)) list.lines.push_back(std::move(job));
  }
  return list;
}

/// A record of CSV.
struct Record {
  int line = 0;
  std::vector<std::string> cells;

  bool is_blank() const { return cells.size() == 1 && cells.front().empty(); }
};

/// Takes records of RFC 4180 from a text; lines may end in LF, too.
class CsvReader {
 public:
  explicit CsvReader(const std::string& text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  /// Throws std::runtime_error; the reader is behind the record's line then.
  Record Next() {
    Record record{line_, {}};
    do {
      record.cells.push_back(text_[std::min(at_, text_.size() - 1)] == '"' && !at_end() ? Quoted()
                                                                                        : Plain());
    } while (Take(','));
    EndLine();
    return record;
  }
  int line() const { return line_; }
  void SkipLine() {
    while (!at_end() && text_[at_] != '\n') ++at_;
    EndLine();
  }

 private:
  bool Take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void EndLine() {
    Take('\r');
    if (at_end()) return;
    if (!Take('\n')) Refuse("expected a comma or the end of the line after a quoted cell");
    ++line_;
  }
  std::string Plain() {
    const size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const std::string cell = text_.substr(at_, end - at_);
    at_ = end;
    if (cell.find('"') != std::string::npos) Refuse("expected quotes around a whole cell");
    return cell;
  }
  std::string Quoted() {
    std::string cell;
    ++at_;
    while (true) {
      if (at_end()) Refuse("a quoted cell does not end");
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c == '"' && !Take('"')) return cell;
      cell += c;
    }
  }

  const std::string& text_;
  size_t at_ = 0;
  int line_ = 1;
};

JobLine LineOf(const Record& record, const std::vector<std::string>& names) {
  JobLine line{record.line, {}};
  for (size_t i = 0; i < record.cells.size(); ++i) {
    if (record.cells[i].empty()) continue;
    const auto same = std::ranges::find(line.fields, names[i], &JobField::key);
    if (same != line.fields.end()) {
      same->values.push_back(record.cells[i]);
    } else {
      line.fields.push_back({names[i], {record.cells[i]}});
    }
  }
  return line;
}

JobList ParseCsv(const std::string& text) {
  JobList list;
  CsvReader reader(text);
  std::vector<std::string> names;
  while (!reader.at_end()) {
    const int line = reader.line();
    try {
      Record record = reader.Next();
      if (record.is_blank()) continue;
      if (names.empty()) {
        if (std::ranges::find(record.cells, "") != record.cells.end()) {
          Refuse("a column has no name");
        }
        names = std::move(record.cells);
      } else if (record.cells.size() != names.size()) {
        Refuse("expected " + std::to_string(names.size()) +
               " cells, as the first line has, found " + std::to_string(record.cells.size()));
      } else {
        list.lines.push_back(LineOf(record, names));
      }
    } catch (const std::runtime_error& error) {
      list.problems.push_back({line, error.what()});
      if (names.empty()) return list;
      if (reader.line() == line) reader.SkipLine();
    }
  }
  return list;
}

std::string ReadAll(const std::string& name) {
  if (name == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(name, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(name, ignored)) {
    throw Error(
        ErrorCode::kInvalidArgument,
        name + ": cannot be read: " + std::generic_category().message(file ? EISDIR : errno));
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

JobList ParseJobList(const std::string& text, bool is_csv) {
  const std::string plain =
      text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
  return is_csv ? ParseCsv(plain) : ParseJsonLines(plain);
}

JobList ReadJobList(const std::string& name) {
  std::string suffix = std::filesystem::path(name).extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  return ParseJobList(ReadAll(name), suffix == ".csv");
}

}  // namespace mouthpiece::cli
