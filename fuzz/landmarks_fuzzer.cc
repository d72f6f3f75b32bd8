// Landmarks of a training folder.
#include "import/landmarks.h"
#include "memory_file.h"
#include "only_errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile file;
  file.Write({data, size});
  fuzz::OnlyErrors([&] {
    const Rect rect = ReadFaceSquare(file.path(), 1280, 720);
    fuzz::Require(rect.x1 >= 0 && rect.y1 >= 0 && rect.x2 <= 1280 && rect.y2 <= 720, "inside");
    fuzz::Require(rect.width() > 0 && rect.width() == rect.height(), "a square");
  });
  return 0;
}
