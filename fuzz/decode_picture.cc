#include "decode_picture.h"

#include "image/image.h"
#include "media/image_reader.h"
#include "media/picture_header.h"
#include "memory_file.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {

void DecodePicture(std::span<const uint8_t> file) {
  constexpr int kMostPixels = 1 << 18;
  static MemoryFile stored;
  static ImageReader reader;
  PictureHeader header;
  if (!OnlyErrors([&] { header = ReadPictureHeader(stored.path(), file); })) return;
  if (header.width * header.height > kMostPixels) return;
  stored.Write(file);
  for (const PixelFormat format : {PixelFormat::kBgrPlanar, PixelFormat::kYuv420}) {
    Picture picture(format, ColorRange::kFull, header.width, header.height);
    OnlyErrors([&] { reader.Read(stored.path(), picture.view()); });
  }
}

}  // namespace mouthpiece::fuzz
