#include "media/mp4_tables.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int kDeepest = 12;  // FFmpeg gives up at ten
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

/// Where FFmpeg looks for boxes, wherever it finds such a one; in meta from its hdlr on.
bool HoldsBoxes(std::string_view type) {
  constexpr std::array<std::string_view, 17> kTypes = {
      "moov", "trak", "mdia", "minf", "stbl", "edts", "moof", "traf", "mvex",
      "cmov", "mfra", "udta", "ilst", "dinf", "sinf", "tref", "wave"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

/// Reads what would be boxes; of what is no MP4, that is seldom more than one.
class Walk {
 public:
  explicit Walk(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code code;
    size_ = std::filesystem::file_size(path, code);
    if (code) size_ = 0;
  }

  void CheckAll() { Check({"", 0, size_}, 0); }

 private:
  /// Zeros for what is behind the end.
  std::string Read(uint64_t at, size_t count) {
    std::string bytes(count, '\0');
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(bytes.data(), static_cast<std::streamsize>(count));
    return bytes;
  }

  uint64_t Number(uint64_t at) { return BigEndian(Read(at, 4)); }

  void Check(const Box& parent, int depth) {
    for (uint64_t at = parent.begin; parent.end - at >= 8 && boxes_ < kMostBoxes; ++boxes_) {
      const std::string start = Read(at, 16);
      const std::string type = start.substr(4, 4);
      uint64_t size = BigEndian(start.substr(0, 4));
      uint64_t header = 8;
      if (size == 1 && parent.end - at >= 16) {
        size = BigEndian(start.substr(8));
        header = 16;
      }
      if (size < header || size > parent.end - at) size = parent.end - at;  // as FFmpeg does
      if (size < header) return;
      const Box box{type, at + header, at + size};
      CheckTable(box);
      if (type == "stsd") CheckSampleEntries(box);
      if (depth < kDeepest) {
        if (HoldsBoxes(type)) Check(box, depth + 1);
        if (type == "meta") Check(FromHandlerOn(box), depth + 1);
      }
      at += size;
    }
  }

  void CheckTable(const Box& box) {
    const auto* const table = std::ranges::find(kTables, box.type, &Table::type);
    if (table == std::end(kTables)) return;
    const uint64_t count = Number(box.begin + table->count_at);
    const uint64_t room = box.size() - std::min(box.size(), table->count_at + 4);
    const uint64_t most =
        table->entry_bytes > 0 ? room / table->entry_bytes : kMostEntriesAByte * size_;
    if (count <= most) return;
    Fail(box.type, std::to_string(most) + " entries", std::to_string(count));
  }

  Box FromHandlerOn(const Box& box) {
    constexpr uint64_t kFarthest = 1024;
    for (uint64_t at = 4; at + 4 <= std::min(box.size(), kFarthest); at += 4) {
      if (Read(box.begin + at, 4) == "hdlr") return {box.type, box.begin + at - 4, box.end};
    }
    return {box.type, box.end, box.end};
  }

  /// FFmpeg believes an entry's size. Boxes lie in it behind what each codec has of its own: what
  /// looks like a table is taken for one.
  void CheckSampleEntries(const Box& box) {
    constexpr uint64_t kFirst = 8;
    constexpr uint64_t kMostBytes = 1 << 16;
    for (uint64_t at = kFirst; box.size() >= at + 8;) {
      const uint64_t size = Number(box.begin + at);
      if (size < 8) break;
      const uint64_t room = box.size() - at;
      if (size > room) Fail(box.type, std::to_string(room) + " bytes", std::to_string(size));
      at += size;
    }
    const std::string bytes = Read(box.begin, std::min(box.size(), kMostBytes));
    for (const Table& table : kTables) {
      for (size_t at = bytes.find(table.type); at != std::string::npos;
           at = bytes.find(table.type, at + 1)) {
        if (at >= 4) CheckTable({table.type, box.begin + at + 4, box.end});
      }
    }
  }

  [[noreturn]] void Fail(std::string_view type, const std::string& most, const std::string& found) {
    throw Error(ErrorCode::kBadMedia, path_.string() + ": its table " + std::string(type) +
                                          " is damaged: expected at most " + most + ", found " +
                                          found);
  }

  const std::filesystem::path& path_;
  std::ifstream file_;
  uint64_t size_ = 0;
  int boxes_ = 0;
};

}  // namespace

void CheckMp4Tables(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return;
  Walk(path).CheckAll();
}

}  // namespace mouthpiece::media
