#include "sink/output_plan.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/input_guard.h"
#include "image/image.h"
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
  plan.name = output.name;
  plan.encode = encode;
  plan.overwrite = output.overwrite;
  return plan;
}

uint64_t EncoderBytes(const OutputPlan& plan, int width, int height) {
  return static_cast<uint64_t>(plan.encoder_frames) *
         PictureBytes(PixelFormat::kYuv420, width, height);
}

std::string DescribeEncoding(const OutputPlan& plan, int threads) {
  return plan.describe_encoding == nullptr ? std::string() : plan.describe_encoding(plan, threads);
}

std::shared_ptr<BackgroundKeeper> MakeBackgroundKeeper(const OutputPlan& plan,
                                                       const StreamFormat& frames) {
  return plan.make_keeper == nullptr ? nullptr : plan.make_keeper(plan, frames);
}

}  // namespace mouthpiece
