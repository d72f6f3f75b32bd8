#include "cluster/shard_mark.h"

#include <fstream>
#include <limits>
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

/// Thrown and caught in this file only: the text is JSON, and no mark.
struct NoMark {};

/// A whole number of at most 2^31: more frames there are not.
int64_t NumberOf(const Json& json) {
  if (!json.is_number_unsigned() || json.get<uint64_t>() > uint64_t{kMostFrames}) throw NoMark{};
  return json.get<int64_t>();
}

int IntOf(const Json& json) {
  const int64_t number = NumberOf(json);
  if (number > std::numeric_limits<int>::max()) throw NoMark{};
  return static_cast<int>(number);
}

FrameRange RangeOf(const Json& json) { return {NumberOf(json.at(0)), NumberOf(json.at(1))}; }

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
    if (json.at(kVersionKey) != kVersion) return std::nullopt;
    ShardMark mark;
    mark.shard = {IntOf(json.at("shard").at(0)), IntOf(json.at("shard").at(1))};
    mark.frames = RangeOf(json.at("frames"));
    mark.job = RangeOf(json.at("job"));
    mark.frame_rate = {IntOf(json.at("rate").at(0)), IntOf(json.at("rate").at(1))};
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
  } catch (const NoMark&) {
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
