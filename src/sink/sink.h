// Where finished frames go.
#ifndef MOUTHPIECE_SINK_SINK_H_
#define MOUTHPIECE_SINK_SINK_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/input_guard.h"
#include "base/timing.h"
#include "image/alpha_source.h"
#include "image/background_keeper.h"
#include "image/frame.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct OutputPlan;
namespace media {
class Sound;  // media/sound.h
}

/// What an output has to know of the job whose frames it gets.
struct SinkJob {
  std::filesystem::path sound;  ///< A file to decode; only for outputs that take it. Empty: none
  std::shared_ptr<const media::Sound> decoded_sound;  ///< The same decoded, instead; or null
  double sound_start_s = 0;                           ///< The part that belongs to the frames
  double sound_duration_s = 0;
  std::string comment;         ///< What the output's file says of itself, if it can. Empty: nothing
  int64_t frame_count = 0;     ///< Frames that will be written
  bool may_be_more = false;    ///< Than those: it is not known yet how many
  int64_t first_frame = 0;     ///< Index of the first one in the whole job: numbers image files
  int threads = 0;             ///< 0: all cores
  uint64_t memory_budget = 0;  ///< Most bytes kept to encode frames of the same source faster
  /// From MakeBackgroundKeeper: has the rest of frames that come in part. Null: all come whole.
  std::shared_ptr<BackgroundKeeper> backgrounds;
  /// Of the avatar's frames. Null: they are opaque.
  std::shared_ptr<AlphaSource> alpha;
  InputPaths inputs;   ///< What the job reads, which no output may replace
  CancelToken cancel;  ///< Ends a Write() that waits for a reader that does not read
};

/// What every frame of the stream has in common.
struct StreamFormat {
  int width = 0;
  int height = 0;
  Rational frame_rate{25, 1};
  ColorTags color;
  Rational sample_aspect{1, 1};  ///< Width over height of a pixel as shown
  FieldOrder field_order = FieldOrder::kUnknown;
  bool has_alpha = false;  ///< Frame::alpha is there; of an avatar: SinkJob::alpha can tell
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

/// Checks what can be known of an output before anything of the job was read, and leaves nothing:
/// whether its name is free and no input, its folder can be written to, its encoder takes such
/// frames. `job` has its inputs, and of its frames those that are known. Throws Error as OpenSink
/// does.
void CheckSink(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format);

/// Checks everything that can be checked before rendering (encoder, whether the output exists, the
/// folder is writable, the sound readable) and opens the sink. It refuses frames of another format,
/// and parts of frames where there are no backgrounds or the plan takes none: Error (kInternal).
std::unique_ptr<Sink> OpenSink(const OutputPlan& plan, const SinkJob& job,
                               const StreamFormat& format);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_SINK_H_
