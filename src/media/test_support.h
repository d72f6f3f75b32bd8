// Frames to write, and what became of them in a file. For tests only.
#ifndef MOUTHPIECE_MEDIA_TEST_SUPPORT_H_
#define MOUTHPIECE_MEDIA_TEST_SUPPORT_H_

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "image/frame.h"
#include "mouthpiece/types.h"

namespace mouthpiece::testing {

/// Lends moving test pictures and keeps count. A slot that comes back is overwritten at once, so
/// that whoever still reads it gets a picture that is visibly wrong.
class FrameLender : public FrameOwner {
 public:
  /// `padding`: unused bytes after each row; it makes the planes unaligned.
  FrameLender(int width, int height, ColorRange range, int padding = 0);

  /// Picture `index` as output frame `index` of source frame `index` % 100.
  Frame Lend(int64_t index);
  void TakeBack(int slot) noexcept override;

  int lent() const;      ///< So far
  int returned() const;  ///< So far
  int most_out() const;  ///< At a time
  bool returned_twice() const;

 private:
  struct Slot {
    std::vector<uint8_t> bytes;
    PictureView view;
    bool out = false;
  };

  const int width_;
  const int height_;
  const ColorRange range_;
  const int padding_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  int lent_ = 0;
  int returned_ = 0;
  int most_out_ = 0;
  bool returned_twice_ = false;
};

/// Draws picture `index`: shapes that move over a gradient, within the range's limits.
void DrawPicture(int64_t index, PictureView picture);

/// Picture `index` as its samples in the order Y, U, V, rows without padding.
std::vector<uint8_t> PictureSamples(int64_t index, int width, int height, ColorRange range);

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

/// `seconds` of reproducible sound that an encoder keeps and that resembles itself at one shift
/// only: low-passed noise that comes and goes.
std::vector<float> MakeSound(int sample_rate, double seconds, unsigned seed);
/// Writes 16-bit PCM; every channel is the same.
void WriteWav(const std::filesystem::path& path, int sample_rate, int channels,
              const std::vector<float>& samples);

/// How many samples later `heard` says the same as `original`, the best of [-most, most].
int FindDelay(const std::vector<float>& original, const std::vector<float>& heard, int most);

double Psnr(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_MEDIA_TEST_SUPPORT_H_
