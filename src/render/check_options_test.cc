#include "render/check_options.h"

#include <gtest/gtest.h>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

template <typename Options>
void ExpectRefused(void (*check)(const Options&), Options options, void (*change)(Options&)) {
  EXPECT_NO_THROW(check(options));
  change(options);
  EXPECT_THROW(check(options), Error);
}

TEST(CheckMachine, RefusesValuesOutOfRange) {
  const auto refuses = [](void (*change)(Machine&)) { ExpectRefused(CheckMachine, {}, change); };
  refuses([](Machine& m) { m.chunk_frames = 0; });
  refuses([](Machine& m) { m.batch = -1; });
  refuses([](Machine& m) { m.threads = 100000; });
  refuses([](Machine& m) { m.memory_budget = 1; });
  refuses([](Machine& m) { m.device = "toaster"; });
}

TEST(CheckJob, RefusesValuesOutOfRange) {
  const auto refuses = [](void (*change)(Job&)) { ExpectRefused(CheckJob, {}, change); };
  refuses([](Job& j) { j.frames = FrameRange{5, 5}; });
  refuses([](Job& j) { j.frames = FrameRange{-1, 5}; });
  refuses([](Job& j) { j.shard = Shard{2, 2}; });
  refuses([](Job& j) { j.shard = Shard{-1, 2}; });
}

TEST(CheckOutput, RefusesValuesOutOfRange) {
  const auto refuses = [](void (*change)(Output&)) {
    ExpectRefused(CheckOutput, {.name = "null:"}, change);
  };
  refuses([](Output& o) { o.name.clear(); });
  refuses([](Output& o) { o.encode.quality = 0; });
  refuses([](Output& o) { o.encode.quality = 101; });
  refuses([](Output& o) { o.encode.bitrate = -1; });
  refuses([](Output& o) {
    o.encode.crf = 20;
    o.encode.bitrate = 1000;
  });
}

}  // namespace
}  // namespace mouthpiece
