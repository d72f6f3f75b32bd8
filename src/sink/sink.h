// Where finished frames go.
#ifndef MOUTHPIECE_SINK_SINK_H_
#define MOUTHPIECE_SINK_SINK_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/timing.h"
#include "image/frame.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

class JpegBackgrounds;

struct SinkOptions {
  std::string output;  ///< RenderOptions::output
  EncodeOptions encode;
  std::filesystem::path audio;  ///< Muxed into video output; empty: none
  double audio_start_s = 0;     ///< The part of the audio that belongs to the rendered frames
  double audio_duration_s = 0;
  std::string comment;      ///< What a video file says of itself; empty: nothing
  int64_t frame_count = 0;  ///< Frames that will be written
  int64_t first_frame = 0;  ///< Index of the first one in the whole job: numbers image files
  int threads = 0;          ///< 0: all cores
  bool overwrite = false;
  uint64_t memory_budget = 0;  ///< Most bytes kept to encode frames of the same source faster
  /// For JPEG: the rest of frames that come in part. Null: all come whole.
  std::shared_ptr<JpegBackgrounds> backgrounds;
  CancelToken cancel;  ///< Ends a Write() that waits for a reader that does not read
};

/// What every frame of the stream has in common.
struct StreamFormat {
  int width = 0;
  int height = 0;
  Rational frame_rate{25, 1};
  ColorTags color;
};

struct SinkTimes {
  StageTime encode;
  StageTime write;
};

/// Takes frames in order. Destroyed without Finish(), it removes what it wrote: nothing is ever
/// left under the final name, and files that were there before are kept.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes the frame; it is released as soon as its planes are no longer read. May block.
  /// Throws Error (kIo ...) when this or an earlier frame could not be written.
  virtual void Write(Frame frame) = 0;
  /// Flushes, closes, moves the result to its final name. Once.
  virtual void Finish() = 0;
  virtual SinkTimes times() const = 0;
  /// Most frames that are still held after Write() returned.
  virtual int frames_held() const = 0;
};

/// What kind of sink `output` names. Throws Error (kInvalidArgument) for names nothing handles.
enum class SinkKind { kVideo, kImages, kRaw, kNull, kHash };
SinkKind ClassifyOutput(const std::string& output, const EncodeOptions& encode);

/// True for a folder or pattern of JPEG files. Throws the same.
bool IsJpegOutput(const std::string& output, const EncodeOptions& encode);

/// Checks everything that can be checked before rendering (suffix, encoder, whether the output
/// exists, the folder is writable, the audio readable) and opens the sink.
std::unique_ptr<Sink> OpenSink(const SinkOptions& options, const StreamFormat& format);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_SINK_H_
