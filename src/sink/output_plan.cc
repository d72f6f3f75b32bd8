#include "sink/output_plan.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/input_guard.h"
#include "image/image.h"
#include "media/metadata_keys.h"
#include "mouthpiece/error.h"
#include "sink/sink_kinds.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// The first that knows a name has it. Images come last: they know all that have no suffix.
constexpr PlanKind* kKinds[] = {PlanNull,      PlanHash,  PlanY4m,   PlanVideo,
                                PlanAnimation, PlanStill, PlanImages};

[[noreturn]] void Refuse(const std::string& output, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, output + ": " + why);
}

OutputName LookAt(const std::string& text) {
  if (text.empty()) throw Error(ErrorCode::kInvalidArgument, "the output has no name");
  RefuseUrl(text);
  if (text.starts_with("pipe:") || text.starts_with("fd:")) {
    Refuse(text, "is no file: - is standard output, to which y4m is written");
  }
  OutputName name{.text = text, .path = text, .suffix = fs::path(text).extension().string()};
  std::transform(name.suffix.begin(), name.suffix.end(), name.suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::error_code ignored;
  name.is_folder = !name.path.has_filename() || fs::is_directory(name.path, ignored);
  return name;
}

OutputPlan PlanName(const std::string& text) {
  const OutputName name = LookAt(text);
  for (PlanKind* const plan_kind : kKinds) {
    if (std::optional<OutputPlan> plan = plan_kind(name)) return *std::move(plan);
  }
  Refuse(text,
         "nothing writes this suffix; possible are .mp4 .mkv .mov .webm .avi (video), .gif .webp "
         "(animation), .y4m, a folder (end a new one's name with / if it has a dot), %05d.jpg or "
         "%05d.png, .jpg .png (one frame), - (y4m on standard "
         "output), null: and hash:[FILE]");
}

}  // namespace

void RefuseFolder(const OutputName& name, const std::string& what) {
  Refuse(name.text, "is a folder: " + what + " needs a name of its own, such as " +
                        (name.path / ("talk" + name.suffix)).string() +
                        "; for images in that folder, end its name with /");
}

OutputPlan PlanOutput(const Output& output) {
  OutputPlan plan = PlanName(output.name);
  const EncodeOptions& encode = output.encode;
  if (!plan.takes_encoder &&
      (!encode.codec.empty() || encode.crf || !encode.preset.empty() || encode.bitrate != 0)) {
    Refuse(output.name, "takes no codec, crf, preset or bitrate; a video file does");
  }
  if (plan.takes_comment) {
    CheckMetadata(output.name, output.metadata);
  } else if (!output.metadata.empty()) {
    Refuse(output.name, "takes no metadata; a video file does");
  }
  plan.name = output.name;
  plan.encode = encode;
  plan.crop = output.crop;
  plan.scale = output.scale;
  plan.key_out = output.key_out;
  plan.background = output.background;
  plan.metadata = output.metadata;
  plan.overwrite = output.overwrite;
  return plan;
}

void FitToFrames(OutputPlan& plan, const StreamFormat& frames, std::span<const Rect> faces) {
  plan.shape = ShapeOf(plan.crop, plan.scale, frames, faces);
  // Who keeps backgrounds keeps whole frames of the avatar.
  const bool may_be_transparent = frames.has_alpha || plan.key_out;
  const bool takes_alpha =
      may_be_transparent && plan.carries_alpha != nullptr && plan.carries_alpha(plan);
  plan.matte = MatteOf(plan.key_out, plan.background, takes_alpha, frames);
  if (plan.shape || plan.matte) plan.takes_parts = false;
}

uint64_t EncoderBytes(const OutputPlan& plan, int width, int height) {
  // Scaled pictures that a sink holds: those of the most threads that write images.
  constexpr int kScaled = 17;
  Shape shape{.crop = {0, 0, width, height}, .width = width, .height = height};
  if (plan.shape) shape = *plan.shape;
  uint64_t bytes = static_cast<uint64_t>(plan.encoder_frames) *
                   PictureBytes(PixelFormat::kYuv420, shape.width, shape.height);
  if (plan.shape) bytes += ShapingBytes(shape, kScaled);
  if (plan.matte) bytes += MatteBytes(shape.crop.width(), shape.crop.height(), kScaled);
  return bytes;
}

std::string DescribeEncoding(const OutputPlan& plan, int threads) {
  std::string text =
      plan.describe_encoding == nullptr ? std::string() : plan.describe_encoding(plan, threads);
  const auto add = [&text](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (plan.shape) add(Describe(*plan.shape));
  if (plan.matte && plan.key_out) add("key-out " + ToString(*plan.key_out));
  if (plan.matte && plan.matte->backdrop) {
    add("background " + (plan.matte->backdrop->color ? plan.background : "of a file"));
  }
  return text;
}

std::shared_ptr<BackgroundKeeper> MakeBackgroundKeeper(const OutputPlan& plan,
                                                       const StreamFormat& frames) {
  const bool takes_parts = plan.takes_parts && plan.make_keeper != nullptr;
  return takes_parts ? plan.make_keeper(plan, frames) : nullptr;
}

}  // namespace mouthpiece
