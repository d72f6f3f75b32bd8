// What became of video and sound in a file.
#ifndef MOUTHPIECE_TESTS_SUPPORT_DECODED_H_
#define MOUTHPIECE_TESTS_SUPPORT_DECODED_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "image/frame.h"
#include "mouthpiece/types.h"

namespace mouthpiece::testing {

/// A video file, decoded.
struct DecodedVideo {
  std::string codec;
  int width = 0;
  int height = 0;
  Rational frame_rate;
  ColorTags color;
  std::vector<double> times;                 ///< Seconds, in the order shown
  std::vector<std::vector<uint8_t>> frames;  ///< 4:2:0 as PictureSamples, or R, G, B
};
DecodedVideo DecodeVideo(const std::filesystem::path& path);

/// A file's sound as a player would play it: sample 0 belongs to time 0 of the file.
struct DecodedAudio {
  std::string codec;
  int sample_rate = 0;
  int channels = 0;
  std::vector<float> samples;  ///< Of the first channel
};
DecodedAudio DecodeAudio(const std::filesystem::path& path);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_DECODED_H_
