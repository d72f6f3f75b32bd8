// JSON of strangers: one object, small and flat.
#ifndef MOUTHPIECE_SERVE_FLAT_JSON_H_
#define MOUTHPIECE_SERVE_FLAT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mouthpiece::serve {

/// The members of an object, those of an object within it as "outer.inner".
class FlatJson {
 public:
  /// At most `most_bytes` of text. Throws Error (kInvalidArgument) for what is no object, arrays,
  /// deeper objects, a name that comes twice, more than 32 members, and text that is not UTF-8.
  explicit FlatJson(std::string_view text, size_t most_bytes = 16384);

  /// The member; none when it is missing or null. Throws Error (kInvalidArgument) when it is of
  /// another type, or out of range.
  std::optional<std::string> Text(const std::string& name, size_t most_bytes) const;
  std::optional<int64_t> Integer(const std::string& name, int64_t least, int64_t most) const;
  std::optional<double> Number(const std::string& name) const;
  std::optional<bool> Flag(const std::string& name) const;

 private:
  using Value = std::variant<std::nullptr_t, bool, int64_t, double, std::string>;
  friend struct FlatReader;  // flat_json.cc

  const Value* Find(const std::string& name) const;

  std::map<std::string, Value> members_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_FLAT_JSON_H_
