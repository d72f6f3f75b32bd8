// Takes the weights that an ONNX file keeps in others into it: fields are copied, but for those of
// the tensors concerned and the sizes of what they lie in.
#include <charconv>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/printable.h"
#include "mouthpiece/error.h"
#include "network/external_weights.h"
#include "network/onnx_fields.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadPackage, Printable(path.string()) + ": " + what);
}

std::string ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file || !content) Fail(path, "cannot be read");
  return std::move(content).str();
}

void AppendNumber(uint64_t value, std::string& target) {
  for (; value >= 128; value >>= 7) target += static_cast<char>(value | 128);
  target += static_cast<char>(value);
}

void AppendBytes(uint64_t field, std::string_view content, std::string& target) {
  AppendNumber(field << 3 | 2, target);
  AppendNumber(content.size(), target);
  target += content;
}

std::optional<uint64_t> TakeNumber(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

struct Field {
  uint64_t number = 0;
  bool is_bytes = false;
  std::string_view whole;    ///< As it lies in the message
  std::string_view content;  ///< Of bytes
};

class Packer {
 public:
  explicit Packer(const fs::path& model) : model_(model) {}

  std::string Pack() { return Copy(OnnxMessage::kModel, ReadWhole(model_), 0); }

 private:
  Field Take(std::string_view& bytes) const {
    const std::string_view before = bytes;
    const std::optional<uint64_t> key = TakeNumber(bytes);
    if (!key) FailDamaged();
    Field field{.number = *key >> 3, .is_bytes = (*key & 7) == 2, .whole = {}, .content = {}};
    switch (*key & 7) {
      case 0:
        if (!TakeNumber(bytes)) FailDamaged();
        break;
      case 1:
        Skip(bytes, 8);
        break;
      case 5:
        Skip(bytes, 4);
        break;
      case 2: {
        const std::optional<uint64_t> size = TakeNumber(bytes);
        if (!size || *size > bytes.size()) FailDamaged();
        field.content = bytes.substr(0, static_cast<size_t>(*size));
        bytes.remove_prefix(static_cast<size_t>(*size));
        break;
      }
      default:
        FailDamaged();
    }
    field.whole = before.substr(0, before.size() - bytes.size());
    return field;
  }

  void Skip(std::string_view& bytes, size_t size) const {
    if (bytes.size() < size) FailDamaged();
    bytes.remove_prefix(size);
  }

  [[noreturn]] void FailDamaged() const { Fail(model_, "is a damaged ONNX file"); }

  std::string Copy(OnnxMessage message, std::string_view bytes, int depth) {
    if (depth > kDeepestOnnxMessage) FailDamaged();
    if (message == OnnxMessage::kTensor) return CopyTensor(bytes);
    std::string copy;
    while (!bytes.empty()) {
      const Field field = Take(bytes);
      const OnnxMessage inner =
          field.is_bytes ? OnnxMessageIn(message, field.number) : OnnxMessage::kOther;
      if (inner == OnnxMessage::kOther) {
        copy += field.whole;
      } else {
        AppendBytes(field.number, Copy(inner, field.content, depth + 1), copy);
      }
    }
    return copy;
  }

  std::string CopyTensor(std::string_view bytes) {
    std::string copy;
    std::map<std::string_view, std::string_view> entries;
    while (!bytes.empty()) {
      const Field field = Take(bytes);
      if (field.number == kOnnxExternalData && field.is_bytes) {
        TakeEntry(field.content, entries);
      } else if (field.number != kOnnxDataLocation) {
        copy += field.whole;
      }
    }
    if (entries.contains("location")) AppendBytes(kOnnxRawData, Part(entries), copy);
    return copy;
  }

  void TakeEntry(std::string_view bytes,
                 std::map<std::string_view, std::string_view>& entries) const {
    std::string_view texts[2];
    while (!bytes.empty()) {
      const Field field = Take(bytes);
      if (field.number == 1 || field.number == 2) texts[field.number - 1] = field.content;
    }
    entries[texts[0]] = texts[1];
  }

  /// What lies where the tensor's entries say.
  std::string_view Part(const std::map<std::string_view, std::string_view>& entries) {
    const fs::path path = model_.parent_path() / entries.at("location");
    const std::string& file = FileAt(path);
    const auto number = [&](const char* key, uint64_t fallback) {
      const auto entry = entries.find(key);
      if (entry == entries.end() || entry->second.empty()) return fallback;
      uint64_t value = 0;
      const std::string_view text = entry->second;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) FailEarly(path);
      return value;
    };
    const uint64_t offset = number("offset", 0);
    if (offset > file.size()) FailEarly(path);
    const uint64_t length = number("length", file.size() - offset);
    if (length > file.size() - offset) FailEarly(path);
    if (length > kMostBytes - taken_) {  // tensors may share their weights, over and over
      Fail(model_, "is too large: expected at most 2 GiB of weights");
    }
    taken_ += length;
    return std::string_view(file).substr(static_cast<size_t>(offset), static_cast<size_t>(length));
  }

  [[noreturn]] void FailEarly(const fs::path& path) const {
    Fail(path, "ends early: expected all weights of " + model_.filename().string());
  }

  const std::string& FileAt(const fs::path& path) {
    const auto found = files_.find(path);
    return found != files_.end() ? found->second
                                 : files_.emplace(path, ReadWhole(path)).first->second;
  }

  static constexpr uint64_t kMostBytes = uint64_t{1} << 31;  // of a message

  const fs::path model_;
  uint64_t taken_ = 0;
  std::map<fs::path, std::string> files_;
};

}  // namespace

std::string WithWeightsInside(const fs::path& model) {
  RequireExternalWeights(model);
  return Packer(model).Pack();
}

}  // namespace mouthpiece
