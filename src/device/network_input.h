// What the network sees of a frame.
#ifndef MOUTHPIECE_DEVICE_NETWORK_INPUT_H_
#define MOUTHPIECE_DEVICE_NETWORK_INPUT_H_

#include <cstdint>
#include <span>

#include "image/source_frame.h"

namespace mouthpiece {

/// Writes the planes B, G, R of the face, then of the masked face, to `visual`, an engine's input
/// of one frame (Engine::visual).
void FillVisual(const Face& face, std::span<uint8_t> visual);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_NETWORK_INPUT_H_
