#include "compose/compositor.h"

#include <algorithm>
#include <vector>

#include "compose/composite_kernel.h"
#include "compose/rectangle.h"

namespace mouthpiece {
namespace {

// A face moves through some twenty sizes at two column parities.
constexpr size_t kMaxShapes = 64;

}  // namespace

struct Compositor::Tables {
  Tables(FaceGeometry g, Resample r, DynamicRange m)
      : geometry(g), resample(r), map(m), kernel(ChooseCompositeKernel(r)), buffers(g) {}

  const RectTables& For(const RectShape& shape);
  /// A picture of at least that size, of which nothing is known.
  PictureView Scratch(ColorRange range, int width, int height);

  struct Entry {
    RectTables tables;
    uint64_t last_use;
  };

  FaceGeometry geometry;
  Resample resample;
  RectangleMap map;
  CompositeKernel kernel;
  RowBuffers buffers;
  std::vector<Entry> entries;
  uint64_t uses = 0;
  Picture scratch;  ///< Rectangles of which pixels are kept are made here
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

PictureView Compositor::Tables::Scratch(ColorRange range, int width, int height) {
  if (scratch.empty() || scratch.view().width() < width || scratch.view().height() < height) {
    const int most_width = scratch.empty() ? width : std::max(width, scratch.view().width());
    const int most_height = scratch.empty() ? height : std::max(height, scratch.view().height());
    scratch = Picture(PixelFormat::kYuv420, range, most_width, most_height);
  }
  PictureView view = scratch.view();
  view.range = range;
  return view;
}

Compositor::Compositor(FaceGeometry geometry, Resample resample, DynamicRange mapped_range)
    : tables_(std::make_unique<Tables>(geometry, resample, mapped_range)) {}

Compositor::~Compositor() = default;

void Compositor::Composite(const Prediction& prediction, const RingView& ring, const Rect& rect,
                           PictureView frame, const KeptRuns& kept) {
  const RectTables& tables = tables_->For({rect.width(), rect.height(), (rect.x1 & 1) != 0});
  if (kept.empty()) {
    tables_->kernel.run({prediction, ring, rect, tables, tables_->buffers, frame});
    tables_->map.Apply(frame, rect);
    return;
  }
  const Rect inside = CoveredSamples(rect, 0);
  const PictureView made = tables_->Scratch(frame.range, inside.x2, inside.y2);
  tables_->kernel.run({prediction, ring, inside, tables, tables_->buffers, made});
  tables_->map.Apply(made, inside);
  CopyRectangle(made, rect, kept, frame);
}

}  // namespace mouthpiece
