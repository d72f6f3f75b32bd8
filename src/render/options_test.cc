#include "render/options.h"

#include <gtest/gtest.h>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

RenderOptions Good() {
  RenderOptions options;
  options.output = "null:";
  return options;
}

TEST(CheckOptions, AcceptsTheDefaults) { EXPECT_NO_THROW(CheckOptions(Good())); }

TEST(CheckOptions, RefusesValuesOutOfRange) {
  const auto refuses = [](auto change) {
    RenderOptions options = Good();
    change(options);
    EXPECT_THROW(CheckOptions(options), Error);
  };
  refuses([](RenderOptions& o) { o.output.clear(); });
  refuses([](RenderOptions& o) { o.frames = FrameRange{5, 5}; });
  refuses([](RenderOptions& o) { o.frames = FrameRange{-1, 5}; });
  refuses([](RenderOptions& o) { o.chunk_frames = 0; });
  refuses([](RenderOptions& o) { o.batch = -1; });
  refuses([](RenderOptions& o) { o.threads = 100000; });
  refuses([](RenderOptions& o) { o.encode.quality = 0; });
  refuses([](RenderOptions& o) { o.encode.quality = 101; });
  refuses([](RenderOptions& o) { o.memory_budget = 1; });
  refuses([](RenderOptions& o) {
    o.encode.crf = 20;
    o.encode.bitrate = 1000;
  });
}

}  // namespace
}  // namespace mouthpiece
