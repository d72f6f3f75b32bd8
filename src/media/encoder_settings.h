// What a video encoder has to know.
#ifndef MOUTHPIECE_MEDIA_ENCODER_SETTINGS_H_
#define MOUTHPIECE_MEDIA_ENCODER_SETTINGS_H_

#include <string>

#include "image/frame.h"
#include "image/palette.h"
#include "media/ffmpeg.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"

namespace mouthpiece::media {

/// The frames, and how they are encoded. Where the packets go is the muxer's business.
struct EncoderSettings {
  std::string name;  ///< What messages call the output
  const AVCodec* codec = nullptr;
  const AVOutputFormat* container = nullptr;  ///< Some want their packets otherwise than others
  int width = 0;
  int height = 0;
  Rational frame_rate{25, 1};
  ColorTags color;
  bool has_alpha = false;  ///< Frames have it, and the codec takes it
  Rational sample_aspect{1, 1};
  FieldOrder field_order = FieldOrder::kUnknown;
  EncodeOptions encode;    ///< Its codec has become the one above
  int threads = 0;         ///< 0: the encoder's own choice
  int most_lent = 0;       ///< Frames that an encoder may hold without a copy
  Palette palette;         ///< Of a codec whose frames have one
  int segment_frames = 1;  ///< SegmentedEncoder takes a fresh encoder that often; > 0
};

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_ENCODER_SETTINGS_H_
