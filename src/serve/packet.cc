#include "serve/packet.h"

#include <algorithm>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

template <typename T>
void Put(uint8_t* at, T value) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<uint8_t>(bits >> (8 * i));
}

template <typename T>
T Get(const uint8_t* at) {
  std::make_unsigned_t<T> bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bits = static_cast<std::make_unsigned_t<T>>(bits | std::make_unsigned_t<T>{at[i]} << (8 * i));
  }
  return static_cast<T>(bits);
}

[[noreturn]] void Fail(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "packet: expected " + message);
}

}  // namespace

std::array<uint8_t, kHeaderBytes> WriteHeader(const PacketHeader& header) {
  std::array<uint8_t, kHeaderBytes> bytes = {};
  bytes[0] = static_cast<uint8_t>(header.kind);
  bytes[1] = header.flags;
  Put(&bytes[4], header.epoch);
  Put(&bytes[8], header.seq);
  Put(&bytes[12], header.bytes);
  Put(&bytes[16], header.pts);
  return bytes;
}

PacketHeader ReadHeader(std::span<const uint8_t> packet) {
  return {.kind = static_cast<PacketKind>(packet[0]),
          .flags = packet[1],
          .epoch = Get<uint32_t>(&packet[4]),
          .seq = Get<uint32_t>(&packet[8]),
          .bytes = Get<uint32_t>(&packet[12]),
          .pts = Get<int64_t>(&packet[16])};
}

std::vector<uint8_t> MakePacket(PacketHeader header, std::span<const uint8_t> payload) {
  header.bytes = static_cast<uint32_t>(payload.size());
  std::vector<uint8_t> packet(kHeaderBytes + payload.size());
  std::ranges::copy(WriteHeader(header), packet.begin());
  std::ranges::copy(payload, packet.begin() + kHeaderBytes);
  return packet;
}

std::vector<int16_t> ReadSpeech(std::span<const uint8_t> packet) {
  if (packet.size() < kHeaderBytes || packet.size() > kMostSpeechBytes) {
    Fail(std::to_string(kHeaderBytes) + " to " + std::to_string(kMostSpeechBytes) +
         " bytes, found " + std::to_string(packet.size()));
  }
  const PacketHeader header = ReadHeader(packet);
  if (header.kind != PacketKind::kSpeech) {
    Fail("kind 16, found " + std::to_string(static_cast<int>(header.kind)));
  }
  const std::span<const uint8_t> payload = packet.subspan(kHeaderBytes);
  if (header.bytes != payload.size()) {
    Fail("the " + std::to_string(header.bytes) + " bytes that it announces, found " +
         std::to_string(payload.size()));
  }
  if (payload.size() % 2 != 0) Fail("samples of two bytes, found half of one");
  std::vector<int16_t> samples(payload.size() / 2);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = Get<int16_t>(&payload[2 * i]);
  return samples;
}

std::vector<uint8_t> BytesOf(std::span<const int16_t> samples) {
  std::vector<uint8_t> bytes(samples.size() * 2);
  for (size_t i = 0; i < samples.size(); ++i) Put(&bytes[2 * i], samples[i]);
  return bytes;
}

}  // namespace mouthpiece::serve
