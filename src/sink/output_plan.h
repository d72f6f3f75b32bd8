// What an output's name means, worked out once.
#ifndef MOUTHPIECE_SINK_OUTPUT_PLAN_H_
#define MOUTHPIECE_SINK_OUTPUT_PLAN_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "image/background_keeper.h"
#include "mouthpiece/options.h"
#include "sink/image_pattern.h"
#include "sink/matte.h"
#include "sink/shape.h"

namespace mouthpiece {

class Sink;
struct SinkJob;
struct StreamFormat;

/// What an output takes of a render and what it needs for that. OpenSink (sink.h) opens it.
struct OutputPlan {
  std::string name;  ///< Output::name, which is what messages call it
  EncodeOptions encode;
  std::optional<Crop> crop;
  std::optional<Scale> scale;
  std::optional<KeyOut> key_out;
  std::string background;
  Metadata metadata;  ///< Only of a video
  bool overwrite = false;
  std::optional<Shape> shape;  ///< What FitToFrames makes of crop and scale; null: frames stay
  std::shared_ptr<const Matte> matte;  ///< And of key_out and background; null: nothing of it

  std::string_view kind;  ///< video, animation, images, image, raw, null or hash
  std::string container;  ///< Of a video or animation: its suffix in lower case, ".mp4"
  std::optional<ImagePattern> pattern;  ///< Of images
  std::filesystem::path file;  ///< Of all but images and null. Empty: standard output, or no file

  bool takes_sound = false;
  bool takes_encoder = false;  ///< Codec, crf, preset and bitrate mean something to it
  bool takes_comment = false;  ///< Its file can say something of itself
  /// Frames may come in part (Frame::part), if who keeps their backgrounds has got them before.
  bool takes_parts = false;
  int64_t segment_frames = 1;  ///< A shard is a whole number of so many, but for the last one
  int encoder_frames = 0;      ///< Memory that encoding takes, in frames of the output's size

  // What the kind does; whoever plans an output calls the functions below.
  /// Null where nothing can be wrong.
  void (*check)(const OutputPlan& plan, const SinkJob& job, const StreamFormat& format) = nullptr;
  std::unique_ptr<Sink> (*open)(const OutputPlan& plan, const SinkJob& job,
                                const StreamFormat& format) = nullptr;
  /// Whether its pictures can be transparent. Null: never.
  bool (*carries_alpha)(const OutputPlan& plan) = nullptr;
  /// Null where nothing but the frames decides over the result.
  std::string (*describe_encoding)(const OutputPlan& plan, int threads) = nullptr;
  /// Null where frames always come whole.
  std::shared_ptr<BackgroundKeeper> (*make_keeper)(const OutputPlan& plan,
                                                   const StreamFormat& frames) = nullptr;
};

/// Throws Error (kInvalidArgument) for names that nothing handles, and for options of `encode` that
/// mean nothing there.
OutputPlan PlanOutput(const Output& output);

/// Settles what crop, scale, key_out and background are for such frames of an avatar with these
/// faces: before any of what follows. Throws Error (kInvalidArgument).
void FitToFrames(OutputPlan& plan, const StreamFormat& frames, std::span<const Rect> faces);

/// Memory that encoding takes beside the frames that are lent to it, in bytes.
uint64_t EncoderBytes(const OutputPlan& plan, int width, int height);

/// What decides over the result beside the frames, as one line: machines that give the same line
/// make the same of the same frames. Throws Error (kInvalidArgument) where it depends on `threads`,
/// which leaves them open (0).
std::string DescribeEncoding(const OutputPlan& plan, int threads);

/// Who keeps what of such frames no mouth touches, so that they may come in part. Goes into
/// SinkJob::backgrounds. Null where frames have to come whole.
std::shared_ptr<BackgroundKeeper> MakeBackgroundKeeper(const OutputPlan& plan,
                                                       const StreamFormat& frames);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_OUTPUT_PLAN_H_
