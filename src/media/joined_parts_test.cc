#include "media/joined_parts.h"

#include <gtest/gtest.h>

#include <string>

#include "support/files.h"

namespace mouthpiece::media {
namespace {

using namespace std::string_literals;  // NOLINT

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string Chunk(const std::string& name, const std::string& kind, size_t bytes) {
  std::string size = BigEndian(bytes + 4, 4);
  if (name == "RIFF") size = std::string(size.rbegin(), size.rend());
  return name + size + kind + std::string(bytes, 'x');
}

std::string Box(const std::string& name, size_t bytes) {
  return BigEndian(bytes + 8, 4) + name + std::string(bytes, 'x');
}

std::string LargeBox(const std::string& name, size_t bytes) {
  return BigEndian(1, 4) + name + BigEndian(bytes + 16, 8) + std::string(bytes, 'x');
}

class JoinedParts : public ::testing::Test {
 protected:
  /// Where the part after the one at `start` lies: "start end", or "none".
  std::string After(const std::string& content, int64_t start = 0) {
    const std::optional<JoinedPart> part = JoinedPartAfter(folder_.Write("a", content), start);
    return part ? std::to_string(part->start) + " " + std::to_string(part->end) : "none";
  }

  testing::TempFolder folder_;
};

TEST_F(JoinedParts, OfWavAndAiffBeginWhereAChunkEnds) {
  const std::string wav = Chunk("RIFF", "WAVE", 100);
  EXPECT_EQ(After(wav), "none");
  EXPECT_EQ(After(wav + wav), "112 224");
  EXPECT_EQ(After(wav + wav + wav, 112), "224 336");
  EXPECT_EQ(After(wav + wav, 112), "none");
  const std::string odd = Chunk("RIFF", "WAVE", 101);
  EXPECT_EQ(After(odd + wav), "113 225") << "not padded";
  EXPECT_EQ(After(odd + '\0' + wav), "114 226") << "padded";
  EXPECT_EQ(After(wav + Chunk("RIFF", "AVI ", 100)), "none");
  EXPECT_EQ(After(std::string("RIFF\xff\xff\xff\xffWAVE") + wav), "none") << "size not known";
  const std::string aiff = Chunk("FORM", "AIFF", 100);
  EXPECT_EQ(After(aiff + Chunk("FORM", "AIFC", 10)), "112 134");
  EXPECT_EQ(After(aiff + wav), "none") << "of another kind";
}

TEST_F(JoinedParts, OfMp4BeginWithTheNextFileType) {
  const std::string mp4 = Box("ftyp", 16) + Box("mdat", 100) + Box("moov", 50);
  EXPECT_EQ(After(mp4), "none");
  EXPECT_EQ(After(mp4 + mp4), "190 380");
  EXPECT_EQ(After(mp4 + mp4 + mp4), "190 380");
  const std::string large = Box("ftyp", 16) + LargeBox("mdat", 100) + Box("moov", 50);
  EXPECT_EQ(After(large + mp4), "198 388");
  EXPECT_EQ(After(Box("ftyp", 16) + BigEndian(0, 4) + "mdat" + mp4), "none") << "to the end";
  EXPECT_EQ(After(Box("ftyp", 16) + BigEndian(1, 4) + "mdat" + BigEndian(UINT64_MAX, 8) + mp4),
            "none");
}

TEST_F(JoinedParts, OfMatroskaBeginWhereASegmentEnds) {
  const std::string header = "\x1a\x45\xdf\xa3\x83xyz";
  const std::string segment = "\x18\x53\x80\x67";
  const std::string eight("\x01\0\0\0\0\0\0\x64", 8);
  const std::string file = header + segment + eight + std::string(100, 'x');
  EXPECT_EQ(After(file), "none");
  EXPECT_EQ(After(file + file + file), "120 240");
  EXPECT_EQ(After(header + segment + "\x40\x64" + std::string(100, 'x') + file), "114 234");
  EXPECT_EQ(After(header + segment + "\xff" + std::string(100, 'x') + file), "none") << "live";
  EXPECT_EQ(After(header + header + file), "none");
}

TEST_F(JoinedParts, OfWave64CafAndAsfBeginWhereAllPartsEnd) {
  const auto little = [](uint64_t value) {
    const std::string big = BigEndian(value, 8);
    return std::string(big.rbegin(), big.rend());
  };
  const std::string wave64 = "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1";
  const auto write_wave64 = [&](size_t bytes) {
    return wave64 + std::string(2, '\0') + little(24 + bytes) + std::string(bytes, 'x');
  };
  EXPECT_EQ(After(write_wave64(96)), "none");
  EXPECT_EQ(After(write_wave64(96) + write_wave64(96)), "120 240");
  EXPECT_EQ(After(write_wave64(93) + "\0\0\0"s + write_wave64(96)), "120 240") << "padded";
  EXPECT_EQ(After(wave64 + std::string(2, '\0') + little(UINT64_MAX) + write_wave64(9)), "none");

  const auto chunk = [](const std::string& name, size_t bytes) {
    return name + BigEndian(bytes, 8) + std::string(bytes, 'x');
  };
  const std::string caf = "caff\0\1\0\0"s + chunk("desc", 32) + chunk("data", 44);
  EXPECT_EQ(After(caf), "none");
  EXPECT_EQ(After(caf + caf + caf), "108 216");
  EXPECT_EQ(After("caff\0\1\0\0data"s + BigEndian(UINT64_MAX, 8) + caf), "none") << "to the end";

  const std::string asf = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"s +
                          little(30) + "header" + std::string(16, 'd') + little(100) +
                          std::string(76, 'x');
  EXPECT_EQ(After(asf), "none");
  EXPECT_EQ(After(asf + asf), "130 260");
}

TEST_F(JoinedParts, OfAnythingElseAreNone) {
  const std::string wav = Chunk("RIFF", "WAVE", 100);
  const std::string two = wav + wav;
  for (size_t size = 0; size < two.size(); ++size) {
    EXPECT_EQ(After(two.substr(0, size)), size < 124 ? "none" : "112 " + std::to_string(size));
  }
  EXPECT_EQ(After(two, 5000), "none");
  EXPECT_EQ(JoinedPartAfter(folder_.path(), 0), std::nullopt);
  EXPECT_EQ(JoinedPartAfter(folder_ / "nothing", 0), std::nullopt);
}

}  // namespace
}  // namespace mouthpiece::media
