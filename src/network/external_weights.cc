#include "network/external_weights.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "base/printable.h"
#include "mouthpiece/error.h"
#include "network/onnx_fields.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadPackage, Printable(path.string()) + ": " + what);
}

/// Whether a name may be a part of a message's one line.
bool IsPrintable(const std::string& name) {
  return std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Walks over the file without reading what the tensors hold.
class Walk {
 public:
  explicit Walk(const fs::path& path) : file_(path, std::ios::binary) {
    std::error_code code;
    end_ = fs::file_size(path, code);
    if (!code && file_) Enter(OnnxMessage::kModel, end_, 0);
  }

  const std::set<fs::path>& places() const { return places_; }

 private:
  static constexpr uint64_t kLongest = 4096;  // of a name

  std::optional<uint64_t> Number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const int byte = file_.get();
      if (byte == std::char_traits<char>::eof()) return std::nullopt;
      ++at_;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  void GoTo(uint64_t place) {
    if (place != at_) file_.seekg(static_cast<std::streamoff>(place));
    at_ = place;
  }

  std::optional<std::string> Text(uint64_t size) {
    if (size > kLongest) return std::nullopt;
    std::string text(static_cast<size_t>(size), '\0');
    if (!file_.read(text.data(), static_cast<std::streamsize>(size))) return std::nullopt;
    at_ += size;
    return text;
  }

  /// The next field of a message that ends at `end`, whose bytes begin at at_; none if it is none
  /// of bytes, which is skipped, or the message is damaged.
  struct Field {
    uint64_t number = 0;
    std::optional<uint64_t> size;
  };
  std::optional<Field> Next(uint64_t end) {
    const std::optional<uint64_t> key = Number();
    if (!key) return std::nullopt;
    Field field{*key >> 3, std::nullopt};
    switch (*key & 7) {
      case 0:
        if (!Number()) return std::nullopt;
        break;
      case 1:
        GoTo(at_ + 8);
        break;
      case 5:
        GoTo(at_ + 4);
        break;
      case 2:
        field.size = Number();
        if (!field.size || at_ > end || *field.size > end - at_) return std::nullopt;
        break;
      default:
        return std::nullopt;
    }
    if (at_ > end) return std::nullopt;
    return field;
  }

  /// False when the file is damaged.
  bool Enter(OnnxMessage message, uint64_t end, int depth) {
    if (depth > kDeepestOnnxMessage) return false;
    while (at_ < end) {
      const std::optional<Field> field = Next(end);
      if (!field) return false;
      if (!field->size) continue;
      const uint64_t field_end = at_ + *field->size;
      const OnnxMessage inner = OnnxMessageIn(message, field->number);
      if (message == OnnxMessage::kTensor && field->number == kOnnxExternalData) {
        if (!TakeEntry(field_end)) return false;
      } else if (inner != OnnxMessage::kOther) {
        if (!Enter(inner, field_end, depth + 1)) return false;
      }
      GoTo(field_end);
    }
    return true;
  }

  /// A key and a value, of which the one called "location" counts.
  bool TakeEntry(uint64_t end) {
    std::string key;
    std::string value;
    while (at_ < end) {
      const std::optional<Field> field = Next(end);
      if (!field || !field->size) return false;
      const std::optional<std::string> text = Text(*field->size);
      if (!text) return false;
      if (field->number == 1) key = *text;
      if (field->number == 2) value = *text;
    }
    if (key == "location") places_.insert(value);
    return true;
  }

  std::ifstream file_;
  uint64_t at_ = 0;
  uint64_t end_ = 0;
  std::set<fs::path> places_;
};

}  // namespace

std::vector<fs::path> ExternalWeightsOf(const fs::path& model) {
  const Walk walk(model);
  return {walk.places().begin(), walk.places().end()};
}

void RequireExternalWeights(const fs::path& model) {
  for (const fs::path& place : ExternalWeightsOf(model)) {
    if (!IsPrintable(place.string())) {
      Fail(model, "keeps its weights in a file whose name is no text");
    }
    const fs::path inside = place.lexically_normal();
    if (place.is_absolute() || inside.empty() || *inside.begin() == "..") {
      Fail(model, "keeps its weights outside its folder: expected a file in it, found \"" +
                      Printable(place.string()) + "\"");
    }
    const fs::path file = model.parent_path() / place;
    std::error_code code;
    const fs::file_status status = fs::status(file, code);
    if (status.type() == fs::file_type::not_found) {
      Fail(file, "is missing: expected the weights of " + model.filename().string() +
                     ", which has them in a file of their own, found nothing; "
                     "onnx.save(onnx.load(MODEL), MODEL) makes one file of both");
    }
    if (status.type() != fs::file_type::regular) {
      Fail(file, "is no file: expected the weights of " + model.filename().string());
    }
  }
}

void CopyExternalWeights(const fs::path& model, const fs::path& folder) {
  for (const fs::path& place : ExternalWeightsOf(model)) {
    fs::create_directories((folder / place).parent_path());
    fs::copy_file(model.parent_path() / place, folder / place);
  }
}

}  // namespace mouthpiece
