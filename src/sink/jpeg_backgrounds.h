// The avatar's frames as JPEG files with a hole where the mouth goes.
#ifndef MOUTHPIECE_SINK_JPEG_BACKGROUNDS_H_
#define MOUTHPIECE_SINK_JPEG_BACKGROUNDS_H_

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "image/background_keeper.h"
#include "jpeg/jpeg_encoder.h"
#include "sink/jpeg_cache.h"
#include "sink/sink.h"

namespace mouthpiece {

/// Encodes each frame once and keeps the segments that its rectangle does not touch.
class JpegBackgrounds : public BackgroundKeeper {
 public:
  /// `quality` is that of the output.
  JpegBackgrounds(const StreamFormat& frames, int quality);

  Rect PartAround(const Rect& rect) const override;
  /// Half a byte a pixel: filmed frames take 0.15 at quality 95, 0.3 at 100.
  uint64_t ExpectedBytes() const override;
  uint64_t Keep(int source_index, const Rect& rect, ConstPictureView picture) override;
  std::vector<uint8_t> Form(const Rect& rect, ConstPictureView picture) override;
  std::string FormName() const override;
  uint64_t KeepForm(int source_index, const Rect& rect, std::span<const uint8_t> form,
                    std::shared_ptr<const void> memory) override;
  JpegCache& cache() { return cache_; }

 private:
  std::unique_ptr<JpegEncoder> TakeEncoder();

  const int width_;
  const int height_;
  const YuvMatrix matrix_;
  const int quality_;
  const int interval_;
  JpegCache cache_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<JpegEncoder>> idle_;  ///< Guarded by mutex_
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_JPEG_BACKGROUNDS_H_
