#include "media/frame_hash.h"

extern "C" {
#include <libavutil/md5.h>
#include <libavutil/mem.h>
}

#include <cstdint>
#include <memory>
#include <new>

namespace mouthpiece {
namespace {

struct FreeMd5 {
  void operator()(AVMD5* p) const { av_free(p); }
};

}  // namespace

std::string FrameMd5(ConstPictureView picture) {
  const std::unique_ptr<AVMD5, FreeMd5> md5(av_md5_alloc());
  if (md5 == nullptr) throw std::bad_alloc();
  av_md5_init(md5.get());
  for (const ConstPlane& plane : picture.planes) {
    for (int y = 0; y < plane.height; ++y) {
      av_md5_update(md5.get(), plane.row(y), static_cast<size_t>(plane.width));
    }
  }
  uint8_t digest[16];
  av_md5_final(md5.get(), digest);
  std::string text;
  for (const uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace mouthpiece
