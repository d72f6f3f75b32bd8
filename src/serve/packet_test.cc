#include "serve/packet.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

std::vector<uint8_t> SpeechPacket(const std::vector<uint8_t>& payload) {
  return MakePacket({.kind = PacketKind::kSpeech}, payload);
}

TEST(Packet, HasItsHeaderInThisOrder) {
  const auto bytes = WriteHeader({PacketKind::kSound, kFirstFlag | kIdleFlag, 0x04030201,
                                  0x08070605, 0x0c0b0a09, 0x1716151413121110});
  const std::vector<uint8_t> expected = {2,    6,    0,    0,    1,    2,    3,    4,
                                         5,    6,    7,    8,    9,    10,   11,   12,
                                         0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17};
  EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.end()), expected);
}

TEST(Packet, IsReadAsItWasWritten) {
  for (const int64_t pts : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::max()}) {
    const PacketHeader header = {PacketKind::kVideo, kKeyFlag, 0xffffffff, 7, 0x80000000, pts};
    EXPECT_EQ(ReadHeader(WriteHeader(header)), header);
  }
}

TEST(Packet, OfSpeechHoldsSamplesWithTheLowByteFirst) {
  EXPECT_EQ(ReadSpeech(SpeechPacket({1, 0, 0xff, 0xff, 0, 0x80})),
            (std::vector<int16_t>{1, -1, -32768}));
  EXPECT_TRUE(ReadSpeech(SpeechPacket({})).empty());
}

TEST(Packet, OfSpeechThatIsNoneIsRefused) {
  EXPECT_THROW(ReadSpeech(std::vector<uint8_t>(kHeaderBytes - 1)), Error) << "too short";
  EXPECT_THROW(ReadSpeech(SpeechPacket(std::vector<uint8_t>(65538))), Error) << "too long";
  EXPECT_THROW(ReadSpeech(SpeechPacket({1, 2, 3})), Error) << "half a sample";
  EXPECT_THROW(ReadSpeech(MakePacket({.kind = PacketKind::kSound}, {})), Error) << "another kind";
  std::vector<uint8_t> cut = SpeechPacket({1, 2, 3, 4});
  cut.resize(cut.size() - 2);
  EXPECT_THROW(ReadSpeech(cut), Error) << "fewer bytes than announced";
}

}  // namespace
}  // namespace mouthpiece::serve
