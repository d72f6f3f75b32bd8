#include "media/channel_mix.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace mouthpiece::media {
namespace {

AVChannelLayout Unknown(int channels) {
  AVChannelLayout layout{};
  layout.order = AV_CHANNEL_ORDER_UNSPEC;
  layout.nb_channels = channels;
  return layout;
}

AVChannelLayout Named(uint64_t mask) {
  AVChannelLayout layout{};
  av_channel_layout_from_mask(&layout, mask);
  return layout;
}

TEST(MixWeights, AreTheMeanOfTwoAndOfUnknownChannels) {
  for (const AVChannelLayout& two :
       {Unknown(2), Named(AV_CH_LAYOUT_STEREO), Named(AV_CH_FRONT_CENTER | AV_CH_LOW_FREQUENCY)}) {
    EXPECT_EQ(MixWeights(two, 1, AV_SAMPLE_FMT_FLT), (std::vector<double>{0.5, 0.5}));
  }
  for (const int channels : {3, 5, 6, 8, 17, 64}) {
    const auto count = static_cast<size_t>(channels);
    EXPECT_EQ(MixWeights(Unknown(channels), 1, AV_SAMPLE_FMT_FLT),
              std::vector<double>(count, 1.0 / channels));
    EXPECT_EQ(MixWeights(Unknown(channels), 2, AV_SAMPLE_FMT_S16),
              std::vector<double>(2 * count, 1.0 / channels));
  }
}

TEST(MixWeights, LeaveNoChannelOut) {
  for (uint64_t mask = 1; mask < uint64_t{1} << 11; ++mask) {
    const AVChannelLayout layout = Named(mask);
    if (layout.nb_channels < 3) continue;
    for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_S16}) {
      for (const int out : {1, 2}) {
        const std::vector<double> weights = MixWeights(layout, out, format);
        const auto channels = static_cast<size_t>(layout.nb_channels);
        ASSERT_EQ(weights.size(), static_cast<size_t>(out) * channels);
        for (size_t c = 0; c < channels; ++c) {
          double heard = 0;
          for (size_t row = 0; row < static_cast<size_t>(out); ++row) {
            ASSERT_GE(weights[row * channels + c], 0);
            heard += weights[row * channels + c];
          }
          ASSERT_GT(heard, 0.05) << "channel " << c << " of mask " << mask;
        }
      }
    }
  }
}

TEST(MixWeights, KeepTheLevelOfTheFrontCentre) {
  for (const uint64_t mask : {AV_CH_LAYOUT_5POINT0, AV_CH_LAYOUT_5POINT1, AV_CH_LAYOUT_7POINT1}) {
    EXPECT_DOUBLE_EQ(MixWeights(Named(mask), 1, AV_SAMPLE_FMT_FLT)[2], 1.0);
  }
}

}  // namespace
}  // namespace mouthpiece::media
