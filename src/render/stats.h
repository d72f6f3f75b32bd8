// Measuring a render and writing the measurements down.
#ifndef MOUTHPIECE_RENDER_STATS_H_
#define MOUTHPIECE_RENDER_STATS_H_

#include <cstdint>
#include <span>
#include <string>

#include "mouthpiece/renderer.h"

namespace mouthpiece {

/// Most resident memory this process ever had, in bytes.
uint64_t PeakResidentBytes();

/// Name of the stage that took most time a frame.
std::string Bottleneck(std::span<const StageStats> stages);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_STATS_H_
