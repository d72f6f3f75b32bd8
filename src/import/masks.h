// What the masks of a training folder keep.
#ifndef MOUTHPIECE_IMPORT_MASKS_H_
#define MOUTHPIECE_IMPORT_MASKS_H_

#include <vector>

#include "avatar/kept_spans.h"
#include "base/cancel.h"
#include "import/dataset.h"

namespace mouthpiece {

/// Decodes all masks, on all cores, and returns the spans that they keep, by frame; none where
/// there are no masks. Throws Error (kBadMedia) that names all masks that cannot be decoded, or
/// says which colours were expected and found when none of them has a pixel of one that is.
std::vector<KeptSpan> ReadMasks(const Dataset& dataset, CancelToken cancel);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_MASKS_H_
