// Sound to encode, and what of it is heard.
#ifndef MOUTHPIECE_TESTS_SUPPORT_SOUND_H_
#define MOUTHPIECE_TESTS_SUPPORT_SOUND_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mouthpiece::testing {

/// `seconds` of reproducible sound that an encoder keeps and that resembles itself at one shift
/// only: low-passed noise that comes and goes.
std::vector<float> MakeSound(int sample_rate, double seconds, unsigned seed);
/// Writes 16-bit PCM; every channel is the same.
void WriteWav(const std::filesystem::path& path, int sample_rate, int channels,
              const std::vector<float>& samples);

/// How many samples later `heard` says the same as `original`, the best of [-most, most].
int FindDelay(const std::vector<float>& original, const std::vector<float>& heard, int most);

/// `size` samples of noise that comes and goes.
std::vector<float> NoisySpeech(size_t size);

/// A file of 16-bit mono at 16 kHz, and what it holds of `samples`.
std::string Wav(const std::vector<float>& samples);
std::vector<float> Rounded(std::vector<float> samples);

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_SOUND_H_
