// Pictures that move, lent as a frame store lends them.
#ifndef MOUTHPIECE_TESTS_SUPPORT_PICTURES_H_
#define MOUTHPIECE_TESTS_SUPPORT_PICTURES_H_

#include <cstdint>
#include <mutex>
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

/// All samples of a picture, plane after plane.
std::vector<uint8_t> Samples(ConstPictureView picture);

/// In dB; 200 where nothing differs, 0 where the sizes do.
double Psnr(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_PICTURES_H_
