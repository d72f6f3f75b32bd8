#include "media/mp4_tables.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece::media {
namespace {

using mouthpiece::testing::TempFolder;

std::string Number(uint32_t number) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(number >> shift & 255);
  return text;
}

std::string Box(const std::string& type, const std::string& content) {
  return Number(static_cast<uint32_t>(8 + content.size())) + type + content;
}

/// A file whose only table has `head`, then a number of entries, then so many bytes.
std::string FileWith(const std::string& table, size_t head, uint32_t count, size_t bytes) {
  std::string box = Box(table, std::string(head, '\0') + Number(count) + std::string(bytes, '\0'));
  for (const char* around : {"stbl", "minf", "mdia", "trak", "moov"}) box = Box(around, box);
  return Box("ftyp", "isom") + box;
}

void Check(const std::string& content) {
  const TempFolder folder;
  CheckMp4Tables(folder.Write("v.mp4", content));
}

TEST(CheckMp4Tables, TakesTablesThatAreWhole) {
  EXPECT_NO_THROW(Check(FileWith("stts", 4, 3, 24)));
  EXPECT_NO_THROW(Check(FileWith("stss", 4, 6, 24)));
  EXPECT_NO_THROW(Check(FileWith("stsz", 8, 100, 0)));  // all of one size
}

TEST(CheckMp4Tables, NamesOneThatHasLessThanItSays) {
  const auto refused = [](const std::string& content, const std::string& part) {
    mouthpiece::testing::ExpectError(ErrorCode::kBadMedia, {"v.mp4: its table ", part},
                                     [&] { Check(content); });
  };
  refused(FileWith("stts", 4, 4, 24), "stts is damaged: expected at most 3 entries, found 4");
  refused(FileWith("co64", 4, 0xffffffff, 64), "co64 is damaged: expected at most 8 entries");
  // Too short to give a number, which is read from what follows.
  refused(Box("stss", std::string(1, '\0')) + std::string(3, '\0') + Number(1 << 30), "stss");
  refused(FileWith("stsz", 8, 0x7fffffff, 0), "stsz");
  refused(Box("ftyp", "isom") + Box("udta", Box("ilst", Box("stss", Number(0) + Number(1)))),
          "stss");
  refused(Box("meta", Number(0) + Box("hdlr", "x") + Box("stts", Number(0) + Number(9))), "stts");
  refused(Box("stsd", Number(0) + Number(1) + Box("avc1", Box("ctts", Number(0) + Number(9)))),
          "ctts");
  std::string entry = FileWith("stsd", 4, 1, 16);
  entry[entry.size() - 16] = 0x40;
  refused(entry, "stsd is damaged: expected at most 16 bytes, found 1073741824");
  refused(Box("ftyp", "isom") + Box("moof", Box("traf", Box("trun", Number(0) + Number(1 << 28)))),
          "trun");
}

TEST(CheckMp4Tables, LeavesOtherFilesAlone) {
  EXPECT_NO_THROW(Check("RIFF, and so on"));
  EXPECT_NO_THROW(Check("x"));
  EXPECT_NO_THROW(CheckMp4Tables("/no/such/file"));
  EXPECT_NO_THROW(CheckMp4Tables("/"));
}

}  // namespace
}  // namespace mouthpiece::media
