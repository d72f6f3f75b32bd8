// Whether decoding can begin at a packet. A container's key flag is no promise of that.
#ifndef MOUTHPIECE_MEDIA_CLEAN_START_H_
#define MOUTHPIECE_MEDIA_CLEAN_START_H_

#include <cstdint>
#include <memory>
#include <span>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// Reads packets of one stream. Not thread-safe.
class CleanStarts {
 public:
  explicit CleanStarts(const AVCodecParameters& parameters);

  /// Whether every frame that is shown at or after the one of `packet`, which has the key flag,
  /// can be decoded exactly with nothing that comes before it. H.264: an IDR picture, or a recovery
  /// point that is exact at once (an open GOP); the start of an intra refresh is none. H.265: any
  /// random access picture. Other codecs: an intra picture by FFmpeg's parser, or a codec that has
  /// no other pictures.
  bool IsClean(const AVPacket& packet);

 private:
  struct CloseParser {
    void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
  };

  const AVCodecID codec_;
  bool is_intra_only_ = false;
  int length_bytes_ = 0;  ///< Before each NAL unit; 0: start codes
  CodecContextPtr context_;
  std::unique_ptr<AVCodecParserContext, CloseParser> parser_;
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_CLEAN_START_H_
