#include "media/mp4_tables.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kDeepest = 8;
constexpr int kMostBoxes = 1 << 20;

/// A box's content, in bytes of the file.
struct Box {
  std::string_view type;
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t size() const { return end - begin; }
};

/// A box that begins with a number of entries.
struct Table {
  std::string_view type;
  uint64_t count_at;     ///< In its content
  uint64_t entry_bytes;  ///< 0: entries may take no room
};

/// Of what takes no room in its table: samples, of which compressed sound has several a byte.
constexpr uint64_t kMostEntriesAByte = 64;

// ISO/IEC 14496-12.
constexpr Table kTables[] = {{"stts", 4, 8},  {"ctts", 4, 8},  {"stss", 4, 4}, {"stps", 4, 4},
                             {"stsc", 4, 12}, {"stco", 4, 4},  {"co64", 4, 8}, {"elst", 4, 12},
                             {"stsz", 8, 0},  {"stz2", 8, 0},  {"trun", 4, 0}, {"sbgp", 8, 8},
                             {"saiz", 5, 0},  {"tfra", 12, 0}, {"cmvd", 0, 0}};

bool HoldsBoxes(std::string_view type) {
  constexpr std::array<std::string_view, 11> kTypes = {
      "moov", "trak", "mdia", "minf", "stbl", "edts", "moof", "traf", "mvex", "cmov", "mfra"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

class Walk {
 public:
  explicit Walk(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code code;
    size_ = std::filesystem::file_size(path, code);
    if (code) size_ = 0;
  }

  bool IsMp4() {
    const std::string_view type = ReadType(4);
    return type == "ftyp" || type == "moov" || type == "mdat" || type == "free" || type == "skip" ||
           type == "wide";
  }

  void CheckAll() { Check({"", 0, size_}, 0); }

 private:
  /// 0 behind the end.
  uint64_t Number(uint64_t at, size_t bytes) {
    std::array<char, 8> read{};
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(read.data(), static_cast<std::streamsize>(bytes));
    uint64_t value = 0;
    for (const char byte : std::span(read).first(bytes)) {
      value = value << 8 | static_cast<uint8_t>(byte);
    }
    return value;
  }

  std::string_view ReadType(uint64_t at) {
    const uint64_t number = Number(at, 4);
    for (size_t i = 0; i < 4; ++i) type_[i] = static_cast<char>(number >> (24 - 8 * i));
    return {type_.data(), type_.size()};
  }

  void Check(const Box& parent, int depth) {
    for (uint64_t at = parent.begin; parent.end - at >= 8 && boxes_ < kMostBoxes; ++boxes_) {
      uint64_t size = Number(at, 4);
      const std::string type(ReadType(at + 4));
      uint64_t header = 8;
      if (size == 1 && parent.end - at >= 16) {
        size = Number(at + 8, 8);
        header = 16;
      }
      if (size < header || size > parent.end - at) size = parent.end - at;  // as FFmpeg does
      if (size < header) return;
      const Box box{type, at + header, at + size};
      CheckTable(box);
      if (HoldsBoxes(type) && depth < kDeepest) Check(box, depth + 1);
      at += size;
    }
  }

  void CheckTable(const Box& box) {
    const auto* const table = std::ranges::find(kTables, box.type, &Table::type);
    if (table == std::end(kTables) || box.size() < table->count_at + 4) return;
    const uint64_t count = Number(box.begin + table->count_at, 4);
    const uint64_t room = box.size() - table->count_at - 4;
    const uint64_t most =
        table->entry_bytes > 0 ? room / table->entry_bytes : kMostEntriesAByte * size_;
    if (count <= most) return;
    throw Error(ErrorCode::kBadMedia, path_.string() + ": its table " + std::string(box.type) +
                                          " is damaged: expected at most " + std::to_string(most) +
                                          " entries, found " + std::to_string(count));
  }

  const std::filesystem::path& path_;
  std::ifstream file_;
  uint64_t size_ = 0;
  std::array<char, 4> type_{};
  int boxes_ = 0;
};

}  // namespace

void CheckMp4Tables(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return;
  Walk walk(path);
  if (walk.IsMp4()) walk.CheckAll();
}

}  // namespace mouthpiece::media
