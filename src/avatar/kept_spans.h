// kept_spans.npy: pixels inside the face rectangles that no mouth is drawn over.
#ifndef MOUTHPIECE_AVATAR_KEPT_SPANS_H_
#define MOUTHPIECE_AVATAR_KEPT_SPANS_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

#include "image/kept_pixels.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// One row of the file: the frame, the row y, and the pixels [x1, x2) of it, in the full frame.
using KeptSpan = std::array<int32_t, 4>;

/// Reads [spans, 4] int32 in ascending order, without overlap, each inside its frame's rectangle.
/// Throws Error (kBadMedia) naming the file, the span and the frame.
KeptPixels ReadKeptSpans(const std::filesystem::path& path, std::span<const Rect> rectangles);

/// Writes such a file. Throws Error (kIo).
void WriteKeptSpans(const std::filesystem::path& path, std::span<const KeptSpan> spans);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_KEPT_SPANS_H_
