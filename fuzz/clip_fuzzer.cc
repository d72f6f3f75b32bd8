// Clips of a package: boxes, edit lists, index, properties and warnings, and the first pictures.
#include <algorithm>

#include "avatar/mp4_boxes.h"
#include "media/source_warnings.h"
#include "media/video_index.h"
#include "media/video_reader.h"
#include "media_format.h"
#include "memory_file.h"
#include "mutators.h"
#include "only_errors.h"

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kMp4)

namespace mouthpiece::fuzz {
namespace {

void CheckIndex(const VideoIndex& index) {
  Require(index.width > 0 && index.height > 0, "a size");
  Require(index.frame_count() > 0, "a frame");
  Require(std::adjacent_find(index.times.begin(), index.times.end(), std::greater_equal<>()) ==
              index.times.end(),
          "times ascend");
  Require(!index.keyframes.empty() && index.keyframes.front() == 0, "decoding starts at frame 0");
  Require(std::is_sorted(index.keyframes.begin(), index.keyframes.end()) &&
              index.keyframes.back() < index.frame_count(),
          "keyframes are frames");
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  constexpr int kMostPixels = 1 << 16;
  static fuzz::MemoryFile file;
  file.Write({data, size});
  fuzz::OnlyErrors([&] { RequireWholeMp4(file.path()); });
  fuzz::OnlyErrors([&] {
    const VideoIndex index = IndexVideo(file.path());
    fuzz::CheckIndex(index);
    for (const PictureUse use : {PictureUse::kShown, PictureUse::kFace}) {
      for (const std::string& line : WarningsOf(index, use)) {
        fuzz::Require(fuzz::IsOneLine(line), "a warning is one line");
      }
    }
    if (int64_t{index.width} * index.height > kMostPixels) return;
    VideoReader reader(index);
    const int frames = std::min(index.frame_count(), 3);
    for (int frame = 0; frame < frames; ++frame) reader.Read(frame);
    reader.Read(index.keyframes.back());
  });
  return 0;
}
