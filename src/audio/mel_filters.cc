#include "audio/mel_filters.h"

#include <algorithm>
#include <cmath>

namespace mouthpiece {
namespace {

constexpr double kHzAMel = 200.0 / 3;  // in the linear part
constexpr double kKneeHz = 1000;
constexpr double kKneeMel = kKneeHz / kHzAMel;
const double kLogStep = std::log(6.4) / 27;

}  // namespace

double HzToMel(double hz) {
  return hz < kKneeHz ? hz / kHzAMel : kKneeMel + std::log(hz / kKneeHz) / kLogStep;
}

double MelToHz(double mel) {
  return mel < kKneeMel ? mel * kHzAMel : kKneeHz * std::exp((mel - kKneeMel) * kLogStep);
}

MelFilters::MelFilters(const Options& options) {
  const double bin_hz = static_cast<double>(options.sample_rate) / options.fft_size;
  const size_t bins = static_cast<size_t>(options.fft_size) / 2 + 1;
  const double lowest = HzToMel(options.lowest_hz);
  const double step = (HzToMel(options.highest_hz) - lowest) / (options.bands + 1);
  for (int band = 0; band < options.bands; ++band) {
    const double left = MelToHz(lowest + step * band);
    const double centre = MelToHz(lowest + step * (band + 1));
    const double right = MelToHz(lowest + step * (band + 2));
    Filter filter;
    filter.first_weight = weights_.size();
    for (size_t bin = 0; bin < bins; ++bin) {
      const double hz = static_cast<double>(bin) * bin_hz;
      const double height =
          std::min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (height <= 0) continue;
      if (filter.size == 0) filter.first_bin = bin;
      weights_.push_back(static_cast<float>(height * 2 / (right - left)));
      ++filter.size;
    }
    filters_.push_back(filter);
  }
}

void MelFilters::Apply(std::span<const float> spectrum, std::span<float> result) const {
  for (size_t band = 0; band < filters_.size(); ++band) {
    const Filter& filter = filters_[band];
    const float* weight = weights_.data() + filter.first_weight;
    const float* bin = spectrum.data() + filter.first_bin;
    float sum = 0;
    for (size_t i = 0; i < filter.size; ++i) sum += weight[i] * bin[i];
    result[band] = sum;
  }
}

}  // namespace mouthpiece
