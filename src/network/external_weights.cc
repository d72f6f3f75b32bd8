#include "network/external_weights.h"

#include <algorithm>
#include <array>
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

/// Bytes of a file anywhere, some of which are kept at a time: tensors that hold much are not read.
class FileWindow {
 public:
  explicit FileWindow(const fs::path& path) : file_(path, std::ios::binary) {}

  /// Nothing at the file's end.
  std::optional<uint8_t> At(uint64_t place) {
    if (place - begin_ >= count_ && !MoveTo(place)) return std::nullopt;
    return static_cast<uint8_t>(bytes_[place - begin_]);
  }

 private:
  bool MoveTo(uint64_t place) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(place));
    file_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    begin_ = place;
    count_ = static_cast<uint64_t>(std::max<std::streamsize>(file_.gcount(), 0));
    return count_ > 0;
  }

  std::ifstream file_;
  std::array<char, size_t{16} << 10> bytes_;
  uint64_t begin_ = 0;  ///< Place of the first of `bytes_`
  uint64_t count_ = 0;
};

/// Walks over the file without reading what the tensors hold.
class Walk {
 public:
  explicit Walk(const fs::path& path) : file_(path) {
    std::error_code code;
    const uint64_t end = fs::file_size(path, code);
    if (!code) Enter(OnnxMessage::kModel, end, 0);
  }

  const std::set<fs::path>& places() const { return places_; }

 private:
  static constexpr uint64_t kLongest = 4096;  // of a name

  std::optional<uint64_t> Number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::optional<uint8_t> byte = file_.At(at_);
      if (!byte) return std::nullopt;
      ++at_;
      value |= static_cast<uint64_t>(*byte & 0x7f) << shift;
      if ((*byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string> Text(uint64_t size) {
    if (size > kLongest) return std::nullopt;
    std::string text;
    for (; text.size() < size; ++at_) {
      const std::optional<uint8_t> byte = file_.At(at_);
      if (!byte) return std::nullopt;
      text += static_cast<char>(*byte);
    }
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
        at_ += 8;
        break;
      case 5:
        at_ += 4;
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
      at_ = field_end;
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

  FileWindow file_;
  uint64_t at_ = 0;
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
