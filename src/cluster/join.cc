#include "mouthpiece/join.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/partial_output.h"
#include "base/printable.h"
#include "cluster/shard.h"
#include "cluster/shard_mark.h"
#include "media/concat.h"
#include "media/video_writer.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

struct ShardFile {
  std::filesystem::path path;
  ShardMark mark;
};

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, path.string() + ": " + why);
}

std::string ToString(const FrameRange& range) {
  return std::to_string(range.begin) + ":" + std::to_string(range.end);
}

std::string ToString(Rational rate) {
  return std::to_string(rate.num) + "/" + std::to_string(rate.den);
}

/// What all shards of a job have in common, in the words of messages.
std::vector<std::pair<const char*, std::string>> CommonOf(const ShardMark& mark) {
  return {{"shards in all", std::to_string(mark.shard.count)},
          {"frames of the job", ToString(mark.job)},
          {"frames a second", ToString(mark.frame_rate)},
          {"container", Printable(mark.container)},
          {"avatar", Printable(mark.avatar)},
          {"speech", Printable(mark.speech)},
          {"settings", Printable(mark.settings)}};
}

void CheckSameJob(const ShardFile& first, const ShardFile& file) {
  const auto expected = CommonOf(first.mark);
  const auto found = CommonOf(file.mark);
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].second == expected[i].second) continue;
    Refuse(file.path, std::string(found[i].first) + ": expected " + expected[i].second + " as in " +
                          first.path.string() + ", found " + found[i].second);
  }
  const FrameRange frames =
      ShardFrames(file.mark.job, file.mark.shard, VideoWriter::kSegmentFrames);
  if (ToString(file.mark.frames) != ToString(frames)) {
    Refuse(file.path,
           "expected frames " + ToString(frames) + ", found " + ToString(file.mark.frames));
  }
}

void CheckComplete(const std::vector<ShardFile>& files, const std::filesystem::path& output) {
  for (size_t i = 1; i < files.size(); ++i) {
    if (files[i].mark.shard.index != files[i - 1].mark.shard.index) continue;
    Refuse(files[i].path, "expected each shard once, found shard " +
                              std::to_string(files[i].mark.shard.index) + " in " +
                              files[i - 1].path.string() + " too");
  }
  const size_t count = static_cast<size_t>(files.front().mark.shard.count);
  if (files.size() == count) return;
  size_t missing = 0;
  while (missing < files.size() && files[missing].mark.shard.index == static_cast<int>(missing)) {
    ++missing;
  }
  Refuse(output, "expected the shards 0 to " + std::to_string(count - 1) + ", found " +
                     std::to_string(files.size()) + " of " + std::to_string(count) +
                     ": the first that is missing is shard " + std::to_string(missing));
}

}  // namespace

JoinStats Join(std::span<const std::filesystem::path> shards, const std::filesystem::path& output,
               bool overwrite, const Hooks& hooks) {
  if (shards.empty()) Refuse(output, "expected shards to join, found none");
  std::vector<ShardFile> files;
  for (const std::filesystem::path& path : shards) {
    files.push_back({path, ReadShardMark(path)});
    CheckSameJob(files.front(), files.back());
  }
  std::ranges::stable_sort(files, {}, [](const ShardFile& file) { return file.mark.shard.index; });
  CheckComplete(files, output);
  const ShardMark& mark = files.front().mark;
  if (VideoSuffixOf(output) != mark.container) {
    Refuse(output, "expected a " + Printable(mark.container) + " file, as the shards are, found " +
                       (output.has_extension() ? output.extension().string() : "no suffix"));
  }

  PartialFile file(output, {overwrite, InputPaths(shards.begin(), shards.end())});
  ConcatOptions concat;
  concat.name = output;
  concat.path = file.path();
  concat.frame_rate = mark.frame_rate;
  concat.cancel = CancelToken(hooks.cancel);
  for (const ShardFile& shard : files) {
    const int64_t frames = shard.mark.frames.end - shard.mark.frames.begin;
    if (frames > 0) concat.parts.push_back({shard.path, frames});
  }
  ConcatVideos(concat);
  file.Commit();
  return {mark.shard.count, mark.job.end - mark.job.begin};
}

}  // namespace mouthpiece
