// The bank of triangular filters that turns a spectrum into mel bands.
#ifndef MOUTHPIECE_AUDIO_MEL_FILTERS_H_
#define MOUTHPIECE_AUDIO_MEL_FILTERS_H_

#include <cstddef>
#include <span>
#include <vector>

namespace mouthpiece {

/// The mel scale of Slaney's Auditory Toolbox, which librosa uses unless told otherwise: linear
/// below 1 kHz (200/3 Hz a mel), logarithmic above (27 mels for a factor of 6.4). Not HTK's.
double HzToMel(double hz);
double MelToHz(double mel);

/// Triangles whose corners are evenly spaced in mels from `lowest_hz` to `highest_hz`, each of
/// area 1 over frequency in Hz (Slaney's normalisation).
class MelFilters {
 public:
  struct Options {
    int sample_rate = 16000;
    int fft_size = 800;
    int bands = 80;
    double lowest_hz = 55;
    double highest_hz = 7600;
  };
  explicit MelFilters(const Options& options);

  int bands() const { return static_cast<int>(filters_.size()); }
  /// `spectrum`: magnitudes of the fft_size / 2 + 1 bins. `result`: bands() values.
  void Apply(std::span<const float> spectrum, std::span<float> result) const;

 private:
  /// The part of a filter that is not zero.
  struct Filter {
    size_t first_bin = 0;
    size_t first_weight = 0;
    size_t size = 0;
  };
  std::vector<Filter> filters_;
  std::vector<float> weights_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AUDIO_MEL_FILTERS_H_
