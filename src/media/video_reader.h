// Decodes the frames of a video, each known by its number.
#ifndef MOUTHPIECE_MEDIA_VIDEO_READER_H_
#define MOUTHPIECE_MEDIA_VIDEO_READER_H_

#include <memory>

#include "base/cancel.h"
#include "image/image.h"
#include "media/video_index.h"

namespace mouthpiece {

/// What is read of a video's pictures.
enum class VideoContent { kColor, kAlpha };

/// One open video. Frames are found by their presentation time, so seeking is exact. Not
/// thread-safe; several readers of one index are.
class VideoReader {
 public:
  /// Opens the file of `index`, which outlives the reader, with `threads` >= 1 decoder threads.
  /// `cancel` is asked once a packet. Throws Error (kBadMedia) naming the file.
  explicit VideoReader(const VideoIndex& index, int threads = 1, CancelToken cancel = {},
                       VideoContent content = VideoContent::kColor);
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  /// The picture of `frame`, 8-bit kYuv420 of the index's size and range, valid until the next
  /// call. Frames read in ascending order are decoded once, without seeking; a jump starts at the
  /// keyframe before it and, in H.264, leaves out the pictures that no other refers to.
  /// Throws Error (kBadMedia) naming file and frame when a frame is damaged or missing or has
  /// another size, and kCancelled. After a throw the reader still works: the next call seeks.
  ConstPictureView Read(int frame);

  /// Of a reader of alpha: how opaque the picture of `frame` is, as Read gives the picture.
  ConstPlane ReadAlpha(int frame);

  /// The frame at which Read(frame) would begin to decode: the next one, or the keyframe before
  /// `frame`. Reading all from there on costs no more than decoding `frame` alone may.
  int DecodingStart(int frame) const;

 private:
  class Decoder;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_VIDEO_READER_H_
