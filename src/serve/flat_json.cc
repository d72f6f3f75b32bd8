#include "serve/flat_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/printable.h"
#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

constexpr size_t kMostMembers = 32;
constexpr size_t kMostName = 64;

[[noreturn]] void Fail(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "JSON: " + Printable(message));
}

}  // namespace

/// What nlohmann's parser calls.
struct FlatReader {
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return Put(nullptr); }
  bool boolean(bool value) { return Put(value); }
  bool number_integer(number_integer_t value) { return Put(value); }
  bool number_unsigned(number_unsigned_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Put(static_cast<double>(value));
    }
    return Put(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) { return Put(value); }
  bool string(string_t& value) { return Put(std::move(value)); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) {
    if (++depth > 2) Fail("expected at most an object in an object, found a deeper one");
    if (depth == 2) prefix = name + ".";
    return true;
  }
  bool key(string_t& value) {
    if (value.size() > kMostName) Fail("expected names of at most 64 bytes, found a longer one");
    name = value;
    return true;
  }
  bool end_object() {
    --depth;
    prefix.clear();
    return true;
  }
  bool start_array(size_t) { Fail("expected no array, found one"); }
  bool end_array() { return false; }
  bool parse_error(size_t at, const std::string&, const nlohmann::json::exception&) {
    Fail("expected an object, found something else at byte " + std::to_string(at));
  }

  bool Put(FlatJson::Value value) {
    if (depth == 0) Fail("expected an object, found a value");
    if (members.size() == kMostMembers) Fail("expected at most 32 members, found more");
    if (!members.emplace(prefix + name, std::move(value)).second) {
      Fail("expected each name once, found " + name + " twice");
    }
    return true;
  }

  std::map<std::string, FlatJson::Value>& members;
  int depth = 0;
  std::string prefix = {};
  std::string name = {};
};

FlatJson::FlatJson(std::string_view text, size_t most_bytes) {
  if (text.size() > most_bytes) {
    Fail("expected at most " + std::to_string(most_bytes) + " bytes, found " +
         std::to_string(text.size()));
  }
  FlatReader reader{members_};
  if (!nlohmann::json::sax_parse(text, &reader)) Fail("expected an object, found something else");
}

const FlatJson::Value* FlatJson::Find(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end() || std::holds_alternative<std::nullptr_t>(found->second)) {
    return nullptr;
  }
  return &found->second;
}

std::optional<std::string> FlatJson::Text(const std::string& name, size_t most_bytes) const {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string>(value);
  if (text == nullptr) Fail(name + ": expected a string");
  if (text->size() > most_bytes) {
    Fail(name + ": expected at most " + std::to_string(most_bytes) + " bytes, found " +
         std::to_string(text->size()));
  }
  return *text;
}

std::optional<int64_t> FlatJson::Integer(const std::string& name, int64_t least,
                                         int64_t most) const {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* integer = std::get_if<int64_t>(value);
  if (integer == nullptr || *integer < least || *integer > most) {
    Fail(name + ": expected an integer from " + std::to_string(least) + " to " +
         std::to_string(most));
  }
  return *integer;
}

std::optional<double> FlatJson::Number(const std::string& name) const {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
  const auto* number = std::get_if<double>(value);
  if (number == nullptr) Fail(name + ": expected a number");
  return *number;
}

std::optional<bool> FlatJson::Flag(const std::string& name) const {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto* flag = std::get_if<bool>(value);
  if (flag == nullptr) Fail(name + ": expected true or false");
  return *flag;
}

}  // namespace mouthpiece::serve
