// What an H.264 stream says of itself.
#ifndef MOUTHPIECE_MEDIA_H264_HEADERS_H_
#define MOUTHPIECE_MEDIA_H264_HEADERS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mouthpiece::media {

/// A sequence parameter set (ITU-T H.264, 7.3.2.1.1), as far as a player asks for it.
struct H264Headers {
  std::string codec;       ///< "avc1.64001F" (RFC 6381)
  int width = 0;           ///< In pixels, after cropping
  int height = 0;          ///< In pixels, after cropping
  int most_reordered = 0;  ///< Frames that a decoder may hold back; 16 where nothing is said
  /// The first sequence and the first picture parameter set, each behind 00 00 00 01.
  std::vector<uint8_t> parameter_sets;
};

/// Reads the parameter sets of an access unit in Annex B. Throws Error (kBadMedia) when it has none
/// or they are damaged.
H264Headers ReadH264Headers(std::span<const uint8_t> access_unit);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_H264_HEADERS_H_
