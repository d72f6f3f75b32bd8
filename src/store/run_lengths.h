// Planes as runs of equal samples: what is mostly 0 or 255 takes a hundredth.
#ifndef MOUTHPIECE_STORE_RUN_LENGTHS_H_
#define MOUTHPIECE_STORE_RUN_LENGTHS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace mouthpiece {

/// Pairs of a length, 1 to 255, and a value, row after row; a row begins a run.
std::vector<uint8_t> RunsOf(ConstPlane plane);

/// Fills a plane of the same size with what RunsOf gave.
void ExpandRuns(std::span<const uint8_t> runs, Plane plane);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_RUN_LENGTHS_H_
