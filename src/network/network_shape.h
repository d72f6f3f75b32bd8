// A network without its weights, as a list of numbers.
#ifndef MOUTHPIECE_NETWORK_NETWORK_SHAPE_H_
#define MOUTHPIECE_NETWORK_NETWORK_SHAPE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "network/network.h"

namespace mouthpiece {

/// All of `network` but the values of weights and biases.
std::vector<int32_t> ShapeOf(const Network& network);

/// The network of that shape: no weights, biases of zeros. None of a list that ShapeOf did not make
/// whole: one that ends early or late, or of nodes that are none. Whether extents fit each other is
/// not looked at.
std::optional<Network> NetworkOfShape(std::span<const int32_t> shape);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_NETWORK_SHAPE_H_
