// A generator's file as a network, whichever reader can.
#ifndef MOUTHPIECE_INFER_READ_GENERATOR_H_
#define MOUTHPIECE_INFER_READ_GENERATOR_H_

#include <filesystem>

#include "network/network_reader.h"

namespace mouthpiece {

/// A NetworkReader without OpenVINO, which is a large library to load; with it where the file holds
/// an operator that it can simplify away or knows how to refuse.
NetworkReading ReadGenerator(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_INFER_READ_GENERATOR_H_
