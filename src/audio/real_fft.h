// Fourier transform of real numbers: kissfft, wrapped once.
#ifndef MOUTHPIECE_AUDIO_REAL_FFT_H_
#define MOUTHPIECE_AUDIO_REAL_FFT_H_

#include <complex>
#include <memory>
#include <span>

namespace mouthpiece {

/// Transforms of one even size. Holds its scratch memory: one thread at a time.
class RealFft {
 public:
  explicit RealFft(int size);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  /// X[k] = sum over n of x[n] exp(-2 pi i k n / size). `x` has `size` values, `spectrum`
  /// size / 2 + 1; they do not overlap.
  void Transform(std::span<const float> x, std::span<std::complex<float>> spectrum);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AUDIO_REAL_FFT_H_
