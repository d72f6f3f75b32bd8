// What a shard's file says of itself, so that only shards that belong together are joined.
#ifndef MOUTHPIECE_CLUSTER_SHARD_MARK_H_
#define MOUTHPIECE_CLUSTER_SHARD_MARK_H_

#include <filesystem>
#include <optional>
#include <string>

#include "mouthpiece/types.h"

namespace mouthpiece {

struct ShardMark {
  Shard shard;
  FrameRange frames;  ///< Of the shard, in the job's numbers; empty: there was nothing to render
  FrameRange job;     ///< Of all shards
  Rational frame_rate{25, 1};
  std::string container;  ///< Suffix of the file, in lower case: ".mp4"
  std::string avatar;     ///< Digest
  std::string speech;     ///< Digest of features and sound
  std::string settings;   ///< What else decides over the result
};

/// One line, as goes into the file's comment. A shard without frames is a file of this line alone.
std::string ToText(const ShardMark& mark);

/// Null when `text` is no mark.
std::optional<ShardMark> ParseShardMark(const std::string& text);

/// The mark of a file. Throws Error: kInvalidArgument when it has none, kBadMedia.
ShardMark ReadShardMark(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_CLUSTER_SHARD_MARK_H_
