// What a JPEG or PNG says of itself before its pixels.
#ifndef MOUTHPIECE_MEDIA_PICTURE_HEADER_H_
#define MOUTHPIECE_MEDIA_PICTURE_HEADER_H_

#include <cstdint>
#include <filesystem>
#include <span>

#include "image/orientation.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

enum class PictureColor { kColor, kGray, kPalette, kCmyk };

struct PictureHeader {
  int width = 0;  ///< Upright
  int height = 0;
  Orientation orientation;  ///< Of the stored pixels, by EXIF
  bool is_jpeg = false;     ///< By content, whatever the name says
  PictureColor color = PictureColor::kColor;
  int bit_depth = 8;
  bool has_alpha = false;
  bool is_cut = false;           ///< The mark that ends the file is missing
  Rational sample_aspect{1, 1};  ///< Width over height of a pixel, by its densities
  bool has_profile = false;      ///< Of colours other than sRGB, as far as its name tells
};

/// Reads `path`, or `file`, its bytes, up to the frame header of a JPEG or the first pixels of a
/// PNG; EXIF that comes later is not looked at. Nothing is decoded. Throws Error (kBadMedia) naming
/// the file.
PictureHeader ReadPictureHeader(const std::filesystem::path& path);
PictureHeader ReadPictureHeader(const std::filesystem::path& path, std::span<const uint8_t> file);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_PICTURE_HEADER_H_
