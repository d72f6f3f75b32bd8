#include "support/sound.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>

namespace mouthpiece::testing {

std::vector<float> MakeSound(int sample_rate, double seconds, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  const double keep = std::exp(-2 * M_PI * 800 / sample_rate);
  std::vector<float> samples(static_cast<size_t>(std::llround(seconds * sample_rate)));
  double state = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    state = keep * state + (1 - keep) * noise(random);
    const double time = static_cast<double>(i) / sample_rate;
    samples[i] = static_cast<float>(state * (0.5 + 0.4 * std::sin(2 * M_PI * 3.1 * time)));
  }
  const float peak = *std::max_element(samples.begin(), samples.end(),
                                       [](float a, float b) { return std::abs(a) < std::abs(b); });
  for (float& sample : samples) sample *= 0.8F / std::abs(peak);
  return samples;
}

void WriteWav(const std::filesystem::path& path, int sample_rate, int channels,
              const std::vector<float>& samples) {
  const auto put32 = [](std::string& to, uint32_t value) {
    for (int i = 0; i < 4; ++i) to += static_cast<char>(value >> (8 * i));
  };
  const uint32_t frame_bytes = static_cast<uint32_t>(2 * channels);
  const uint32_t rate = static_cast<uint32_t>(sample_rate);
  const uint32_t bytes = frame_bytes * static_cast<uint32_t>(samples.size());
  std::string wav = "RIFF";
  put32(wav, 36 + bytes);
  wav += "WAVEfmt ";
  put32(wav, 16);
  put32(wav, 1 | static_cast<uint32_t>(channels) << 16);
  put32(wav, rate);
  put32(wav, rate * frame_bytes);
  put32(wav, frame_bytes | 16U << 16);
  wav += "data";
  put32(wav, bytes);
  for (const float sample : samples) {
    const int16_t value = static_cast<int16_t>(std::lround(sample * 32767.0F));
    for (int c = 0; c < channels; ++c) {
      wav += static_cast<char>(value & 0xFF);
      wav += static_cast<char>(value >> 8);
    }
  }
  std::ofstream(path, std::ios::binary) << wav;
}

int FindDelay(const std::vector<float>& original, const std::vector<float>& heard, int most) {
  constexpr int kMostCompared = 8192;
  const int length = static_cast<int>(std::min(original.size(), heard.size()));
  const int first = std::max(most, (length - kMostCompared) / 2);
  const int end = std::min(length - most, first + kMostCompared);
  int best = 0;
  float best_sum = -1e30F;
  for (int delay = -most; delay <= most; ++delay) {
    float sum = 0;
    for (int i = first; i < end; ++i) {
      sum += original[static_cast<size_t>(i)] * heard[static_cast<size_t>(i + delay)];
    }
    if (sum > best_sum) {
      best_sum = sum;
      best = delay;
    }
  }
  return best;
}

std::vector<float> NoisySpeech(size_t size) {
  std::mt19937 random(1);
  std::normal_distribution<float> sample(0, 0.1F);
  std::vector<float> samples(size);
  for (size_t i = 0; i < size; ++i) samples[i] = i / 3000 % 3 == 0 ? 0 : sample(random);
  return samples;
}

std::string Wav(const std::vector<float>& samples) {
  const auto number = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  std::string data;
  for (const float value : samples) {
    data += number(static_cast<uint32_t>(static_cast<int32_t>(value * 32768)), 2);
  }
  const auto size = static_cast<uint32_t>(data.size());
  return "RIFF" + number(size + 36, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(16000, 4) + number(32000, 4) + number(2, 2) + number(16, 2) + "data" +
         number(size, 4) + data;
}

std::vector<float> Rounded(std::vector<float> samples) {
  for (float& value : samples) {
    value = static_cast<float>(static_cast<int32_t>(value * 32768)) / 32768;
  }
  return samples;
}

}  // namespace mouthpiece::testing
