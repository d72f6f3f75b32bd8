#include "mouthpiece/environment.h"

#include "base/instruction_set.h"
#include "infer/openvino/openvino_engine.h"
#include "media/ffmpeg_version.h"

namespace mouthpiece {

Environment DescribeEnvironment() {
  Environment environment{media::FfmpegVersion(), OpenVinoVersion(), {}, {}};
  for (const InstructionSet set : CpuInstructionSets()) {
    environment.instruction_sets.emplace_back(NameOf(set));
    if (MayUse(set)) environment.used_instruction_sets.emplace_back(NameOf(set));
  }
  return environment;
}

}  // namespace mouthpiece
