// SHA-256 (FIPS 180-4), with which packages vouch for their models.
#ifndef MOUTHPIECE_AVATAR_SHA256_H_
#define MOUTHPIECE_AVATAR_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace mouthpiece {

class Sha256 {
 public:
  /// By the CPU's own instructions where it has them and may use them.
  explicit Sha256(bool may_use_instructions = true) : may_use_instructions_(may_use_instructions) {}

  void Update(std::span<const uint8_t> data);
  /// The digest as 64 lower-case hexadecimal digits. Ends the object's use.
  std::string Finish();

 private:
  void Compress(const uint8_t* block);

  bool may_use_instructions_;
  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_{};
  size_t filled_ = 0;  // Bytes waiting in block_
  uint64_t total_ = 0;
};

/// Digest of a file. Throws Error (kBadMedia).
std::string Sha256OfFile(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_SHA256_H_
