#include "compose/compositor.h"

#include <algorithm>
#include <vector>

#include "compose/composite_kernel.h"

namespace mouthpiece {
namespace {

// A face moves through some twenty sizes at two column parities.
constexpr size_t kMaxShapes = 64;

}  // namespace

struct Compositor::Tables {
  Tables(FaceGeometry g, Resample r)
      : geometry(g), resample(r), kernel(ChooseCompositeKernel(r)), buffers(g) {}

  const RectTables& For(const RectShape& shape);

  struct Entry {
    RectTables tables;
    uint64_t last_use;
  };

  FaceGeometry geometry;
  Resample resample;
  CompositeKernel kernel;
  RowBuffers buffers;
  std::vector<Entry> entries;
  uint64_t uses = 0;
};

const RectTables& Compositor::Tables::For(const RectShape& shape) {
  auto entry = std::find_if(entries.begin(), entries.end(),
                            [&](const Entry& e) { return e.tables.shape == shape; });
  if (entry == entries.end()) {
    RectTables made = MakeRectTables(shape, geometry.crop, resample, kernel.lanes);
    buffers.Reserve(made.vectors * made.lanes);
    if (entries.size() < kMaxShapes) {
      entry = entries.insert(entry, {std::move(made), 0});
    } else {
      entry = std::min_element(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.last_use < b.last_use;
      });
      entry->tables = std::move(made);
    }
  }
  entry->last_use = ++uses;
  return entry->tables;
}

Compositor::Compositor(FaceGeometry geometry, Resample resample)
    : tables_(std::make_unique<Tables>(geometry, resample)) {}

Compositor::~Compositor() = default;

void Compositor::Composite(const Prediction& prediction, const RingView& ring, const Rect& rect,
                           PictureView frame) {
  const RectTables& tables = tables_->For({rect.width(), rect.height(), (rect.x1 & 1) != 0});
  tables_->kernel.run({prediction, ring, rect, tables, tables_->buffers, frame});
}

}  // namespace mouthpiece
