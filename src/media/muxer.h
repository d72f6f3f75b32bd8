// One output container.
#ifndef MOUTHPIECE_MEDIA_MUXER_H_
#define MOUTHPIECE_MEDIA_MUXER_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/cancel.h"
#include "media/ffmpeg.h"
#include "mouthpiece/options.h"

namespace mouthpiece::media {

struct CloseOutput {
  void operator()(AVFormatContext* p) const {
    avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
using OutputPtr = std::unique_ptr<AVFormatContext, CloseOutput>;

/// Streams are added first, then Start, then packets of all streams in the order of their decoding
/// times, then Finish. `name` is what messages call the file.
class Muxer {
 public:
  /// `cancel` ends a write that waits, as one to a pipe may.
  Muxer(const AVOutputFormat& container, const std::filesystem::path& path, std::string name,
        CancelToken cancel);
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  /// Adds a stream for what `encoder` gives and returns its number.
  int AddStream(const AVCodecContext& encoder);
  /// Adds a stream for packets that are copied from one in the same container.
  int AddStream(const AVStream& copied, AVRational frame_rate);
  /// What the file says of itself, beside its streams.
  void SetMetadata(const Metadata& metadata);
  /// Writes the header. `samples`: packets of all streams for which room is to be reserved in the
  /// index of mp4 and mov, in front of the data; 0: the index comes last. Other containers ignore
  /// it.
  void Start(int64_t samples);
  /// Takes the packet, whose times are in `time_base`.
  void Write(AVPacket& packet, int stream, AVRational time_base);
  /// Completes and closes the file.
  void Finish();

 private:
  void Check(int status) const;

  std::string name_;
  CancelToken cancel_;  ///< `output_` asks it
  OutputPtr output_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_MUXER_H_
