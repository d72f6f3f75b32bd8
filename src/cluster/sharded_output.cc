#include "mouthpiece/error.h"
#include "mouthpiece/join.h"
#include "sink/output_plan.h"

namespace mouthpiece {

ShardedOutput PlanShardedOutput(const std::string& output) {
  const OutputPlan plan = PlanOutput({.name = output});
  if (plan.pattern) {
    return {.is_video = false,
            .folder = plan.pattern->folder,
            .prefix = plan.pattern->prefix,
            .digits = plan.pattern->digits,
            .suffix = plan.pattern->suffix};
  }
  if (plan.kind == "video") return {.is_video = true, .suffix = plan.container};
  throw Error(ErrorCode::kInvalidArgument,
              output + ": expected a video or pictures, which can be put together from shards");
}

}  // namespace mouthpiece
