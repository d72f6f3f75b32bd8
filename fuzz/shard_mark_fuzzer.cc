// The mark of a shard.
#include <string>

#include "cluster/shard.h"
#include "cluster/shard_mark.h"
#include "only_errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  const auto mark = ParseShardMark({reinterpret_cast<const char*>(data), size});
  if (!mark) return 0;
  const std::string text = ToText(*mark);
  fuzz::Require(fuzz::IsOneLine(text), "a mark is one line");
  const auto again = ParseShardMark(text);
  fuzz::Require(again.has_value() && ToText(*again) == text, "a mark is read as it was written");
  for (const int64_t segment : {1, 250}) {
    const FrameRange frames = ShardFrames(mark->job, mark->shard, segment);
    fuzz::Require(mark->job.begin <= frames.begin && frames.begin <= frames.end &&
                      frames.end <= mark->job.end,
                  "a shard is a part of its job");
  }
  return 0;
}
