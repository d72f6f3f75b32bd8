// Whether what a generator gives can be a face.
#ifndef MOUTHPIECE_DEVICE_GENERATOR_ANSWER_H_
#define MOUTHPIECE_DEVICE_GENERATOR_ANSWER_H_

#include <cstdint>
#include <filesystem>
#include <span>

#include "infer/engine.h"

namespace mouthpiece {

/// Throws Error (kBadPackage) naming the model when one of the planes B, G, R of `prediction` has
/// the same value everywhere though that plane of `face`, what the network saw, has not: a network
/// whose weights are no numbers, or that was never trained, would paint the face in one colour.
/// Costs next to nothing for a picture that is none.
void CheckAnswer(std::span<const uint8_t> prediction, std::span<const uint8_t> face,
                 const std::filesystem::path& model);

/// Runs one made-up picture through the first request of `engine` and checks the answer.
void CheckGeneratorAnswers(Engine& engine);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_DEVICE_GENERATOR_ANSWER_H_
