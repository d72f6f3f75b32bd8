// Numbered image files, encoded and written by threads of their own.
#ifndef MOUTHPIECE_SINK_IMAGE_SINK_H_
#define MOUTHPIECE_SINK_IMAGE_SINK_H_

#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/partial_output.h"
#include "base/timing.h"
#include "sink/image_pattern.h"
#include "sink/jpeg_backgrounds.h"
#include "sink/jpeg_cache.h"
#include "sink/output_plan.h"
#include "sink/sink.h"

namespace mouthpiece {

/// Images are numbered by their place in the whole job, from 0. They are written into a hidden
/// folder and moved to their names by Finish, all of them or none. Each frame is released when it
/// is encoded; errors of the threads come out of the next Write or Finish.
class ImageSink : public Sink {
 public:
  /// Throws Error for files that are there already, and when the folder cannot be written to.
  ImageSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format);
  ~ImageSink() override;

  void Write(Frame frame) override;
  void Finish() override;
  /// Those queued and one a thread.
  int frames_held() const override { return 2 * static_cast<int>(threads_.size()); }
  SinkTimes times() const override { return {encoding_.time(), writing_.time()}; }

 private:
  void Work(const StreamFormat& format, int quality);
  void ThrowIfFailed();
  void Join();

  const ImagePattern pattern_;
  const int64_t first_frame_;
  JpegCache own_cache_;
  const std::shared_ptr<JpegBackgrounds> backgrounds_;  ///< Null: own_cache_ is used
  PartialFolder folder_;
  BoundedQueue<Frame> queue_;
  std::mutex mutex_;
  std::exception_ptr failure_;  ///< The first one, guarded by mutex_
  StageTimer encoding_;
  StageTimer writing_;
  std::vector<std::thread> threads_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_IMAGE_SINK_H_
