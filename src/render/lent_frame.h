// Behind VideoFrame: a frame together with what it is lent by.
#ifndef MOUTHPIECE_RENDER_LENT_FRAME_H_
#define MOUTHPIECE_RENDER_LENT_FRAME_H_

#include <atomic>
#include <memory>
#include <utility>

#include "base/per_process.h"
#include "image/color_matrix.h"
#include "image/frame.h"
#include "image/image.h"
#include "mouthpiece/video_frame.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// Frames of one reader that callers may hold. Those beyond are copied, since a reader has room
/// for a limited number.
inline constexpr int kMostLent = 8;

/// Where frames come from; outlives every frame that was lent.
struct FrameOrigin {
  std::shared_ptr<FrameStore> store;
  std::unique_ptr<FrameReader> reader;
  YuvMatrix matrix = YuvMatrix::kBt601;  ///< Of its frames
  std::atomic<int> lent = 0;
};

/// A frame that is out.
struct LentFrame {
  LentFrame(Frame lent, std::shared_ptr<FrameOrigin> lender)
      : origin(std::move(lender)), frame(std::move(lent)) {}
  ~LentFrame() {
    frame.Reset();
    --origin->lent;
  }
  LentFrame(const LentFrame&) = delete;
  LentFrame& operator=(const LentFrame&) = delete;

  std::shared_ptr<FrameOrigin> origin;
  Frame frame;
};

struct VideoFrame::State {
  OfProcess<LentFrame> lent{nullptr};  ///< None for a copy
  Picture copy;
  ConstPictureView picture;
  YuvMatrix matrix = YuvMatrix::kBt601;
  int64_t output_index = 0;
  int source_index = 0;
};

/// Gives the frame, which is of `matrix`, back after copying it.
VideoFrame CopyFrame(Frame frame, YuvMatrix matrix);

/// Keeps the origin, unless kMostLent of its frames are out: then the frame is copied.
VideoFrame LendFrame(Frame frame, std::shared_ptr<FrameOrigin> origin);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_LENT_FRAME_H_
