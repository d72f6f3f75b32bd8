// Sound that is no file: samples in memory, and samples that somebody hands over.
#ifndef MOUTHPIECE_MEDIA_MEMORY_SOUND_H_
#define MOUTHPIECE_MEDIA_MEMORY_SOUND_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "mouthpiece/options.h"

namespace mouthpiece::media {

class SoundFrames;

/// Throws Error (kInvalidArgument) for a rate that is none.
void CheckSampleRate(int rate);
/// Throws Error (kInvalidArgument) for samples of more than 100 times full scale.
void CheckScale(std::span<const float> samples);

/// The frames of mono samples, as a decoder gives those of a WAV file that holds them. Throws Error
/// (kInvalidArgument) as the checks above.
std::unique_ptr<SoundFrames> FramesOf(const SpeechSamples& samples);

/// Fills its argument or the beginning of it with the next samples; returns how many, 0 at the end.
using SampleSource = std::function<size_t(std::span<float>)>;

/// The frames of mono samples at `rate` that `take` gives, each as soon as it does.
std::unique_ptr<SoundFrames> FramesFrom(int rate, SampleSource take);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_MEMORY_SOUND_H_
