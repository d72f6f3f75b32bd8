// The first picture of a stream, for what only pictures say.
#ifndef MOUTHPIECE_MEDIA_FIRST_FRAME_H_
#define MOUTHPIECE_MEDIA_FIRST_FRAME_H_

#include <filesystem>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Decodes until there is one, while somebody reads the packets. What is damaged is left to
/// VideoReader. Not thread-safe.
class FirstFrame {
 public:
  /// Throws Error as OpenVideoDecoder does.
  FirstFrame(const std::filesystem::path& path, const AVStream& stream);

  /// Takes the stream's next packet; null: there are no more.
  void Send(const AVPacket* packet);
  /// Null as long as none came.
  const AVFrame* get() const { return has_frame_ ? frame_.get() : nullptr; }

 private:
  bool TakeFrame();

  CodecContextPtr codec_;
  FramePtr frame_;
  bool is_first_ = true;  ///< The next packet
  bool has_frame_ = false;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_FIRST_FRAME_H_
