// What goes over the socket in binary: 24 bytes, then a payload.
#ifndef MOUTHPIECE_SERVE_PACKET_H_
#define MOUTHPIECE_SERVE_PACKET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mouthpiece::serve {

enum class PacketKind : uint8_t {
  kVideo = 1,      ///< An access unit of H.264 in Annex B
  kSound = 2,      ///< Samples of 16 bits, mono, 48 kHz
  kMp4 = 3,        ///< A piece of fragmented MP4; the first one is its beginning
  kSpeech = 0x10,  ///< The client's: samples of 16 bits, mono, at the rate of its `speak`
};

inline constexpr uint8_t kKeyFlag = 1;    ///< Nothing before it is needed
inline constexpr uint8_t kIdleFlag = 2;   ///< Nobody speaks
inline constexpr uint8_t kFirstFlag = 4;  ///< Holds the first sample of an utterance
inline constexpr uint8_t kLastFlag = 8;   ///< Holds the last one

/// Little-endian, in this order; two bytes after the flags are reserved.
struct PacketHeader {
  PacketKind kind = PacketKind::kVideo;
  uint8_t flags = 0;
  uint32_t epoch = 0;
  uint32_t seq = 0;
  uint32_t bytes = 0;  ///< Of the payload
  int64_t pts = 0;     ///< 48 kHz ticks

  bool operator==(const PacketHeader&) const = default;
};

inline constexpr size_t kHeaderBytes = 24;
/// Of one packet of speech, header and all.
inline constexpr size_t kMostSpeechBytes = kHeaderBytes + 65536;

std::array<uint8_t, kHeaderBytes> WriteHeader(const PacketHeader& header);
/// `packet` has at least kHeaderBytes.
PacketHeader ReadHeader(std::span<const uint8_t> packet);

/// Header and payload; `header.bytes` is filled in.
std::vector<uint8_t> MakePacket(PacketHeader header, std::span<const uint8_t> payload);
/// The samples of a packet of speech. Throws Error (kInvalidArgument) when it is none.
std::vector<int16_t> ReadSpeech(std::span<const uint8_t> packet);

/// The bytes of samples, little-endian.
std::vector<uint8_t> BytesOf(std::span<const int16_t> samples);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PACKET_H_
