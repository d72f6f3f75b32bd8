// What is typed for options: sizes, rates, ranges, shards and choices. The first byte says which.
#include <string>

#include "apps/units.h"
#include "mouthpiece/types.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

template <typename Enum>
void TakeChoice(const std::string& text) {
  const std::optional<Enum> choice = FromString<Enum>(text);
  Require(!choice || ToString(*choice) == text, "a choice is called what it was called");
}

void Take(uint8_t which, const std::string& text) {
  switch (which % 5) {
    case 0:
      Require(cli::ParseBytes(text) >= 1, "a size");
      Require(!cli::FormatBytes(static_cast<double>(cli::ParseBytes(text))).empty(),
              "a size as text");
      break;
    case 1:
      Require(cli::ParseBitrate(text) >= 1, "a rate");
      break;
    case 2: {
      const FrameRange range = cli::ParseFrames(text);
      Require(range.begin >= 0 && range.begin < range.end, "a range");
      break;
    }
    case 3: {
      const Shard shard = cli::ParseShard(text);
      Require(shard.index >= 0 && shard.index < shard.count, "a shard");
      break;
    }
    default:
      TakeChoice<LoopMode>(text);
      TakeChoice<CacheMode>(text);
      TakeChoice<Resample>(text);
      TakeChoice<AudioWindowMode>(text);
      TakeChoice<Precision>(text);
      TakeChoice<EngineKind>(text);
  }
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!text.empty() && !fuzz::IsOneLine(text)) return 0;  // the caller's own words come back
  fuzz::OnlyErrors([&] { fuzz::Take(data[0], text); });
  return 0;
}
