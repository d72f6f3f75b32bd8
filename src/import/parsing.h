// Semantic maps of training folders.
#ifndef MOUTHPIECE_IMPORT_PARSING_H_
#define MOUTHPIECE_IMPORT_PARSING_H_

#include <vector>

#include "avatar/kept_spans.h"
#include "image/image.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Appends the spans of `rect` in which `parsing` (kBgrPlanar, of the frame's size) is exactly
/// B, G, R (0,0,255) or (255,255,255): what lies before the face. Returns whether there are any.
bool AppendKeptSpans(ConstPictureView parsing, int frame, const Rect& rect,
                     std::vector<KeptSpan>& spans);

/// Whether any pixel of a map is of one of the two colours.
bool HasMarks(ConstPictureView parsing);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_PARSING_H_
