#include "media/sample_check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace mouthpiece::media {
namespace {

template <typename Sample>
FramePtr FrameOf(AVSampleFormat format, const std::vector<std::vector<Sample>>& channels) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->sample_rate = 10;
  frame->nb_samples = static_cast<int>(channels[0].size());
  av_channel_layout_default(&frame->ch_layout, static_cast<int>(channels.size()));
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (size_t c = 0; c < channels.size(); ++c) {
    for (size_t i = 0; i < channels[c].size(); ++i) {
      const bool planar = av_sample_fmt_is_planar(format) != 0;
      auto* plane = reinterpret_cast<Sample*>(frame->extended_data[planar ? c : 0]);
      plane[planar ? i : i * channels.size() + c] = channels[c][i];
    }
  }
  return frame;
}

template <typename Sample>
void ExpectLevels(AVSampleFormat format, Sample zero, Sample half, Sample full) {
  ChannelLevels levels;
  EXPECT_EQ(levels.loudest(), 0);
  levels.Add(*FrameOf<Sample>(format, {{zero, half, zero}, {zero, full, half}}));
  EXPECT_NEAR(levels.loudest(), 0.125, 1e-6);
  EXPECT_NEAR(levels.peak(), 1, 1e-6);
  levels.Add(*FrameOf<Sample>(format, {{zero, zero}, {full, zero}}));
  EXPECT_NEAR(levels.loudest(), 0.225, 1e-6);
}

TEST(ChannelLevels, AreThoseOfTheLoudestChannelInEveryFormat) {
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P}) {
    ExpectLevels<uint8_t>(format, 128, 64, 0);
  }
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P}) {
    ExpectLevels<int16_t>(format, 0, 1 << 14, -32768);
  }
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_S32P}) {
    ExpectLevels<int32_t>(format, 0, 1 << 30, std::numeric_limits<int32_t>::min());
  }
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_S64, AV_SAMPLE_FMT_S64P}) {
    ExpectLevels<int64_t>(format, 0, int64_t{1} << 62, std::numeric_limits<int64_t>::min());
  }
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP}) {
    ExpectLevels<float>(format, 0, 0.5F, -1);
  }
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_DBLP}) {
    ExpectLevels<double>(format, 0, 0.5, -1);
  }
}

TEST(SilenceBadSamples, LeavesNothingButNumbers) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const AVSampleFormat format : {AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP}) {
    FramePtr frame = FrameOf<float>(format, {{0.5F, NAN, 40000}, {-kInf, 1e30F, -1}});
    const FramePtr shared(av_frame_clone(frame.get()));
    EXPECT_EQ(SilenceBadSamples(*frame), 3);
    EXPECT_EQ(SilenceBadSamples(*frame), 0);
    ChannelLevels levels;
    levels.Add(*frame);
    EXPECT_EQ(levels.peak(), 40000);
    EXPECT_EQ(SilenceBadSamples(*shared), 3) << "another's samples are left alone";
  }
  FramePtr doubles = FrameOf<double>(AV_SAMPLE_FMT_DBLP, {{NAN, 1}});
  EXPECT_EQ(SilenceBadSamples(*doubles), 1);
  FramePtr integers = FrameOf<int16_t>(AV_SAMPLE_FMT_S16, {{-32768, 32767}});
  EXPECT_EQ(SilenceBadSamples(*integers), 0);
}

}  // namespace
}  // namespace mouthpiece::media
