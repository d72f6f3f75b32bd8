// Joining what several machines rendered.
#ifndef MOUTHPIECE_JOIN_H_
#define MOUTHPIECE_JOIN_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"

namespace mouthpiece {

struct JoinStats {
  int shards = 0;
  int64_t frames = 0;
};

/// Joins the video files of all shards of one job (Job::shard), given in any order, into
/// `output`, without encoding anything again: frame for frame and sample for sample what one
/// machine makes of the job. Throws Error: kInvalidArgument when the files are not all the shards
/// of one job, each once, or `output` is of another kind or exists; kBadMedia when one is damaged
/// or cut short; kIo. Then nothing is left under the output's name.
MOUTHPIECE_EXPORT JoinStats Join(std::span<const std::filesystem::path> shards,
                                 const std::filesystem::path& output, bool overwrite = false,
                                 const Hooks& hooks = {});

/// What the shards of an output make together: a video, by Join, or the pictures of a folder.
struct ShardedOutput {
  bool is_video = false;
  std::filesystem::path folder = {};  ///< Of the pictures. Empty: the current one
  std::string prefix = {};            ///< Of a picture's name, before its number
  int digits = 0;                     ///< Of that number, at least
  std::string suffix = {};            ///< Behind the number, or of the video in lower case: ".mp4"
};

/// What the output of this name (Output::name) is when shards render it. Throws Error
/// (kInvalidArgument) for a name that nothing handles, and for outputs that are not put together
/// (-, null:, hash:, .y4m).
MOUTHPIECE_EXPORT ShardedOutput PlanShardedOutput(const std::string& output);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_JOIN_H_
