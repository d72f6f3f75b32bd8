// The masks of a training folder: from the pixels of a picture to the file of kept spans and back.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>

#include "avatar/kept_spans.h"
#include "image/image.h"
#include "import/parsing.h"
#include "memory_file.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

/// A picture of which each byte gives one pixel, most of them of the colours that count.
Picture DrawMask(FuzzedDataProvider& input, int width, int height) {
  constexpr uint8_t kColors[][3] = {{0, 0, 255}, {255, 255, 255}, {0, 0, 254}, {255, 0, 255},
                                    {0, 0, 0},   {255, 0, 0},     {1, 1, 255}, {0, 255, 255}};
  Picture picture(PixelFormat::kBgrPlanar, ColorRange::kFull, width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto& color = kColors[input.ConsumeIntegral<uint8_t>() % std::size(kColors)];
      for (int p = 0; p < 3; ++p) picture.view().planes[p].row(y)[x] = color[p];
    }
  }
  return picture;
}

bool IsMarked(ConstPictureView mask, int x, int y) {
  const uint8_t b = mask.planes[0].row(y)[x];
  const uint8_t g = mask.planes[1].row(y)[x];
  return b == g && (b == 0 || b == 255) && mask.planes[2].row(y)[x] == 255;
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  FuzzedDataProvider input(data, size);
  const int width = input.ConsumeIntegralInRange(1, 40);
  const int height = input.ConsumeIntegralInRange(1, 40);
  Rect rect;
  rect.x1 = input.ConsumeIntegralInRange(0, width - 1);
  rect.y1 = input.ConsumeIntegralInRange(0, height - 1);
  rect.x2 = input.ConsumeIntegralInRange(rect.x1 + 1, width);
  rect.y2 = input.ConsumeIntegralInRange(rect.y1 + 1, height);
  const Picture mask = fuzz::DrawMask(input, width, height);

  std::vector<KeptSpan> spans;
  AppendKeptSpans(mask.view(), 0, rect, spans);
  AppendKeptSpans(mask.view(), 1, rect, spans);
  int marked = 0;
  for (int y = rect.y1; y < rect.y2; ++y) {
    for (int x = rect.x1; x < rect.x2; ++x) marked += fuzz::IsMarked(mask.view(), x, y) ? 1 : 0;
  }
  int kept = 0;
  for (const KeptSpan& span : spans) kept += span[3] - span[2];
  fuzz::Require(kept == 2 * marked, "all marked pixels are kept, and no other");

  static const fuzz::MemoryFile file;
  WriteKeptSpans(file.path(), spans);
  const Rect rectangles[] = {rect, rect};
  const KeptPixels pixels =
      ReadKeptSpans(file.path(), rectangles);  // of what was written, without Error
  int samples = 0;
  for (const SampleRun& run : pixels.Of(1).luma) samples += run.end - run.begin;
  fuzz::Require(samples == marked, "what was written is read");
  return 0;
}
