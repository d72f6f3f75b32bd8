#include "audio/real_fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

TEST(RealFft, IsTheSumThatDefinesIt) {
  std::mt19937 random(1);
  std::normal_distribution<float> sample(0, 1);
  for (const int size : {2, 6, 14, 100, 800}) {
    std::vector<float> x(static_cast<size_t>(size));
    for (float& value : x) value = sample(random);
    std::vector<std::complex<float>> spectrum(x.size() / 2 + 1);
    RealFft(size).Transform(x, spectrum);
    for (size_t k = 0; k < spectrum.size(); ++k) {
      std::complex<double> expected = 0;
      for (size_t n = 0; n < x.size(); ++n) {
        const double turn = static_cast<double>(k * n % x.size()) / size;
        expected += static_cast<double>(x[n]) * std::polar(1.0, -2 * std::numbers::pi * turn);
      }
      const std::complex<double> found(spectrum[k].real(), spectrum[k].imag());
      EXPECT_LT(std::abs(found - expected), 2e-6 * size) << size << ", bin " << k;
    }
  }
}

TEST(RealFft, RefusesWhatItCannotTransform) {
  EXPECT_THROW(RealFft(0), Error);
  EXPECT_THROW(RealFft(801), Error);
  RealFft fft(8);
  std::vector<float> x(8);
  std::vector<std::complex<float>> spectrum(5);
  EXPECT_THROW(fft.Transform(std::span(x).first(7), spectrum), Error);
  EXPECT_THROW(fft.Transform(x, std::span(spectrum).first(4)), Error);
}

}  // namespace
}  // namespace mouthpiece
