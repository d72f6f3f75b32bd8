#include "audio/mel_filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mouthpiece {
namespace {

constexpr size_t kBins = 401;
constexpr double kBinHz = 20;

std::vector<float> Bands(const std::vector<float>& spectrum) {
  const MelFilters filters({});
  std::vector<float> bands(static_cast<size_t>(filters.bands()));
  filters.Apply(spectrum, bands);
  return bands;
}

TEST(MelScale, IsSlaneys) {
  EXPECT_DOUBLE_EQ(HzToMel(0), 0);
  EXPECT_DOUBLE_EQ(HzToMel(200), 3);
  EXPECT_DOUBLE_EQ(HzToMel(1000), 15);
  EXPECT_NEAR(HzToMel(6400), 42, 1e-12);
  for (const double hz : {20.0, 440.0, 999.9, 1000.1, 3000.0, 8000.0}) {
    EXPECT_NEAR(MelToHz(HzToMel(hz)), hz, 1e-9);
  }
}

TEST(MelFilters, HaveTheSameAreaEach) {
  // A flat spectrum gives each band the area of its triangle, which the bins sample; the widest
  // triangles best.
  const std::vector<float> bands = Bands(std::vector<float>(kBins, 1.0F));
  ASSERT_EQ(bands.size(), 80u);
  for (size_t band = 0; band < bands.size(); ++band) {
    EXPECT_NEAR(bands[band] * kBinHz, 1, band < 40 ? 0.25 : 0.02) << band;
  }
}

TEST(MelFilters, HearNothingOutsideTheirRange) {
  std::vector<float> spectrum(kBins, 0.0F);
  for (size_t bin = 0; bin < kBins; ++bin) {
    const double hz = static_cast<double>(bin) * kBinHz;
    if (hz <= 55 || hz >= 7600) spectrum[bin] = 1;
  }
  for (const float band : Bands(spectrum)) EXPECT_EQ(band, 0);
}

TEST(MelFilters, PutATonePlacesApartInBandsApart) {
  const double lowest = HzToMel(55);
  const double step = (HzToMel(7600) - lowest) / 81;
  for (const size_t bin : {5u, 22u, 50u, 111u, 200u, 370u}) {
    std::vector<float> spectrum(kBins, 0.0F);
    spectrum[bin] = 1;
    const std::vector<float> bands = Bands(spectrum);
    const double place = (HzToMel(static_cast<double>(bin) * kBinHz) - lowest) / step - 1;
    for (size_t band = 0; band < bands.size(); ++band) {
      const bool hears = std::abs(static_cast<double>(band) - place) < 1;
      EXPECT_EQ(bands[band] > 0, hears) << "bin " << bin << ", band " << band;
    }
  }
}

}  // namespace
}  // namespace mouthpiece
