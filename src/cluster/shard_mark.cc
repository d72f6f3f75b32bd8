#include "cluster/shard_mark.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "media/concat.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kVersionKey[] = "mouthpiece_shard";
constexpr int kVersion = 1;
constexpr int64_t kMostFrames = int64_t{1} << 31;
constexpr size_t kLongestMark = 65536;

FrameRange RangeOf(const Json& json) {
  return {json.at(0).get<int64_t>(), json.at(1).get<int64_t>()};
}

/// The start of the file, as far as it could be a mark.
std::string ReadStart(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kLongestMark, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

std::string ToText(const ShardMark& mark) {
  const Json json = {{kVersionKey, kVersion},
                     {"shard", {mark.shard.index, mark.shard.count}},
                     {"frames", {mark.frames.begin, mark.frames.end}},
                     {"job", {mark.job.begin, mark.job.end}},
                     {"rate", {mark.frame_rate.num, mark.frame_rate.den}},
                     {"container", mark.container},
                     {"avatar", mark.avatar},
                     {"speech", mark.speech},
                     {"settings", mark.settings}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<ShardMark> ParseShardMark(const std::string& text) {
  if (!text.starts_with('{')) return std::nullopt;
  try {
    const Json json = Json::parse(text);
    if (json.at(kVersionKey).get<int>() != kVersion) return std::nullopt;
    ShardMark mark;
    mark.shard = {json.at("shard").at(0).get<int>(), json.at("shard").at(1).get<int>()};
    mark.frames = RangeOf(json.at("frames"));
    mark.job = RangeOf(json.at("job"));
    mark.frame_rate = {json.at("rate").at(0).get<int>(), json.at("rate").at(1).get<int>()};
    mark.container = json.at("container").get<std::string>();
    mark.avatar = json.at("avatar").get<std::string>();
    mark.speech = json.at("speech").get<std::string>();
    mark.settings = json.at("settings").get<std::string>();
    const bool valid = mark.shard.index >= 0 && mark.shard.index < mark.shard.count &&
                       mark.frame_rate.num > 0 && mark.frame_rate.den > 0 && mark.job.begin >= 0 &&
                       mark.job.begin < mark.job.end && mark.job.end <= kMostFrames &&
                       mark.job.begin <= mark.frames.begin &&
                       mark.frames.begin <= mark.frames.end && mark.frames.end <= mark.job.end;
    return valid ? std::optional(mark) : std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

ShardMark ReadShardMark(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error(
        ErrorCode::kBadMedia,
        path.string() + ": expected a shard's file, found " +
            (std::filesystem::exists(path, ignored) ? "something that is no file" : "none"));
  }
  std::optional<ShardMark> mark = ParseShardMark(ReadStart(path));
  if (!mark) mark = ParseShardMark(ReadComment(path));
  if (mark) return *mark;
  throw Error(ErrorCode::kInvalidArgument,
              path.string() + ": expected a shard that render --shard wrote, found a file " +
                  "without the mark of one");
}

}  // namespace mouthpiece
