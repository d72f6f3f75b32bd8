// The kinds of output there are, each in the file of its sink.
#ifndef MOUTHPIECE_SINK_SINK_KINDS_H_
#define MOUTHPIECE_SINK_SINK_KINDS_H_

#include <filesystem>
#include <optional>
#include <string>

#include "sink/output_plan.h"

namespace mouthpiece {

/// Output::name, looked at once.
struct OutputName {
  std::string text;
  std::filesystem::path path;
  std::string suffix;      ///< In lower case
  bool is_folder = false;  ///< There is a folder of this name, or it ends with /
};

/// What `name` means if it is of this kind: all of a plan but what all kinds have in common (name,
/// encode, overwrite). Throws Error (kInvalidArgument) when it is of this kind and wrong.
using PlanKind = std::optional<OutputPlan>(const OutputName& name);

/// Throws Error (kInvalidArgument): a folder has the name that `what` was to get.
[[noreturn]] void RefuseFolder(const OutputName& name, const std::string& what);

PlanKind PlanNull;       // "null:"
PlanKind PlanHash;       // "hash:" and "hash:FILE": "output_index source_index md5" a frame
PlanKind PlanY4m;        // "-" (standard output) and x.y4m: YUV4MPEG2
PlanKind PlanVideo;      // x.mp4 ...: what media/video_writer.h writes
PlanKind PlanAnimation;  // x.gif, x.webp
PlanKind PlanStill;      // x.jpg, x.png: one frame
PlanKind PlanImages;     // a folder, %05d.jpg, %05d.png

}  // namespace mouthpiece

#endif  // MOUTHPIECE_SINK_SINK_KINDS_H_
