#include "media/channel_mix.h"

#include <algorithm>
#include <numbers>

namespace mouthpiece::media {
namespace {

/// Of channels that FFmpeg leaves out, as it does with low frequency effects: what it gives others
/// that are neither in front nor in the middle.
constexpr double kOtherWeight = 0.5;

}  // namespace

std::vector<double> MixWeights(const AVChannelLayout& in, int out_channels,
                               AVSampleFormat out_format) {
  const auto channels = static_cast<size_t>(in.nb_channels);
  const auto rows = static_cast<size_t>(out_channels);
  const std::vector<double> mean(channels * rows, 1.0 / in.nb_channels);
  if (in.order == AV_CHANNEL_ORDER_UNSPEC || channels == 2) return mean;

  constexpr double kDown3Db = std::numbers::sqrt2 / 2;
  // libswresample's own choice: sums of integers stay in range, floating point may exceed 1.
  const bool is_integer = av_get_packed_sample_fmt(out_format) < AV_SAMPLE_FMT_FLT;
  AVChannelLayout out;
  av_channel_layout_default(&out, out_channels);
  // It scales as many as it could be given, not only those that there are.
  std::vector<double> all(size_t{kMostChannels} * kMostChannels);
  const int status = swr_build_matrix2(&in, &out, kDown3Db, kDown3Db, 0, is_integer ? 1.0 : 1e9, 1,
                                       all.data(), kMostChannels, AV_MATRIX_ENCODING_NONE, nullptr);
  if (status < 0) return mean;
  std::vector<double> weights;
  for (size_t row = 0; row < rows; ++row) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * kMostChannels);
    weights.insert(weights.end(), first, first + in.nb_channels);
  }
  for (size_t c = 0; c < channels; ++c) {
    const auto weight = [&](size_t row) -> double& { return weights[row * channels + c]; };
    bool is_heard = false;
    for (size_t row = 0; row < rows; ++row) is_heard = is_heard || weight(row) != 0;
    for (size_t row = 0; row < rows && !is_heard; ++row) weight(row) = kOtherWeight;
  }
  return weights;
}

}  // namespace mouthpiece::media
