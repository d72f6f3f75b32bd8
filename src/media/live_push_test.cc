// Live pictures and sound that are sent to a peer on this machine.
#include "media/live_push.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mouthpiece/error.h"
#include "support/pictures.h"
#include "support/push_peer.h"

namespace mouthpiece::media {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
using testing::PushPeer;

constexpr int kWidth = 128;
constexpr int kHeight = 72;
constexpr int64_t kFrame = 1920;
constexpr int64_t kStart = 2048;
constexpr milliseconds kLong{10000};

std::vector<AccessUnit> Encode(int count) {
  testing::FrameLender frames(kWidth, kHeight, ColorRange::kLimited);
  LiveEncoder encoder({.width = kWidth, .height = kHeight, .color = {}});
  std::vector<AccessUnit> units;
  for (int i = 0; i < count; ++i) {
    units.push_back(encoder.Encode(frames.Lend(i).picture(), i % 25 == 0));
  }
  return units;
}

std::string UrlOf(const std::string& scheme, int port) {
  const std::string host = scheme + "://127.0.0.1:" + std::to_string(port);
  return scheme == "rtmp" || scheme == "rtsp" ? host + "/live/x" : host;
}

/// Once the peer listens.
std::unique_ptr<LivePush> Connect(const std::string& url, const H264Headers& headers,
                                  Patience& patience) {
  const Steady::time_point end = Steady::now() + kLong;
  while (true) {
    try {
      patience.Give(kLong);
      return std::make_unique<LivePush>(url, headers, patience);
    } catch (const Error&) {
      if (Steady::now() > end) throw;
      std::this_thread::sleep_for(milliseconds(50));
    }
  }
}

class LivePushTo : public ::testing::TestWithParam<const char*> {};

TEST_P(LivePushTo, BringsPicturesAndSoundAtTheirTimes) {
  const std::vector<AccessUnit> units = Encode(75);
  const std::string url = UrlOf(GetParam(), testing::FreePort());
  const PushPeer peer(url);
  // Who sends datagrams does not learn whether somebody listens.
  if (std::string(GetParam()) == "udp") std::this_thread::sleep_for(milliseconds(300));
  Patience patience;
  std::unique_ptr<LivePush> push = Connect(url, LiveHeadersOf(units[0]), patience);
  for (size_t i = 0; i < units.size(); ++i) {
    const bool skipped = i == 40;  // the picture before it stays
    push->Write(skipped ? nullptr : &units[i], kStart + static_cast<int64_t>(i) * kFrame, kFrame,
                {});
    std::this_thread::sleep_for(milliseconds(5));
  }
  ASSERT_TRUE(peer.WaitForPictures(70, std::chrono::seconds(10)));
  patience.End();
  push.reset();
  std::vector<PushPeer::Packet> pictures = peer.packets(true);
  std::vector<PushPeer::Packet> sound = peer.packets(false);
  EXPECT_TRUE(pictures[0].key);
  const auto has_no_time = [](const PushPeer::Packet& packet) { return std::isnan(packet.time); };
  std::erase_if(sound, has_no_time);
  const size_t untimed = std::erase_if(pictures, has_no_time);
  ASSERT_LT(untimed, 25U);
  ASSERT_GT(sound.size(), 100U);
  const double first = pictures[0].time;
  const auto number = [&](double time) {
    return std::lround((time - first) / 0.04) + static_cast<int64_t>(untimed);
  };
  for (size_t i = 1; i < pictures.size(); ++i) {
    const int64_t now = number(pictures[i].time);
    EXPECT_NEAR(pictures[i].time - pictures[i - 1].time, now == 41 ? 0.08 : 0.04, 0.0011) << i;
    EXPECT_EQ(pictures[i].key, now % 25 == 0) << i;
  }
  for (size_t i = 1; i < sound.size(); ++i) {
    EXPECT_NEAR(sound[i].time - sound[i - 1].time, 1024 / 48000.0, 0.0011);
  }
  // A packet of sound begins a whole number of packets from the first picture of all.
  const double ticks = (sound.back().time - first) * 48000;
  const double packets = (ticks + static_cast<double>(untimed) * kFrame) / 1024;
  EXPECT_NEAR(packets, std::round(packets), 0.06);
}

INSTANTIATE_TEST_SUITE_P(All, LivePushTo, ::testing::Values("rtmp", "srt", "rtsp", "udp"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(LivePush, GoesNowhereElse) {
  const H264Headers headers = LiveHeadersOf(Encode(1)[0]);
  Patience patience;
  patience.Give(kLong);
  for (const char* url :
       {"http://127.0.0.1:1/x", "tcp://127.0.0.1:1", "file:///tmp/x.flv", "/tmp/x.flv",
        "rtmps://127.0.0.1:1/x", "rtmpt://127.0.0.1:1/x", "tee:rtmp://127.0.0.1:1/x", "RTMP://x/",
        "async:udp://127.0.0.1:1", "://", ""}) {
    EXPECT_THROW(LivePush(url, headers, patience), Error) << url;
    EXPECT_FALSE(CanPush(std::string(url).substr(0, std::string(url).find("://")))) << url;
  }
}

TEST(LivePush, SaysNothingOfTheUrlWhenNobodyIsThere) {
  const H264Headers headers = LiveHeadersOf(Encode(1)[0]);
  Patience patience;
  patience.Give(kLong);
  try {
    const LivePush push(UrlOf("rtmp", testing::FreePort()) + "secret", headers, patience);
    FAIL() << "somebody is there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_STREQ(error.what(), "Connection refused");
  }
}

TEST(LivePush, WaitsAsLongAsThePatienceGoes) {
  const H264Headers headers = LiveHeadersOf(Encode(1)[0]);
  const testing::MutePeer mute;
  for (const char* scheme : {"rtmp", "rtsp"}) {
    Patience patience;
    patience.Give(milliseconds(300));
    const Steady::time_point begin = Steady::now();
    EXPECT_THROW(LivePush(UrlOf(scheme, mute.port()), headers, patience), Error);
    EXPECT_GE(Steady::now() - begin, milliseconds(300)) << scheme;
    EXPECT_LE(Steady::now() - begin, milliseconds(2000)) << scheme;
  }
}

TEST(LivePush, IsGivenUpFromAnotherThread) {
  const H264Headers headers = LiveHeadersOf(Encode(1)[0]);
  const testing::MutePeer mute;
  for (const std::string& url : {UrlOf("rtmp", mute.port()), UrlOf("rtsp", mute.port()),
                                 UrlOf("srt", testing::FreePort())}) {
    Patience patience;
    patience.Give(kLong);
    std::optional<Steady::time_point> asked;
    std::jthread impatient([&] {
      std::this_thread::sleep_for(milliseconds(200));
      asked = Steady::now();
      patience.End();
    });
    EXPECT_THROW(LivePush(url, headers, patience), Error) << url;
    const Steady::time_point end = Steady::now();
    impatient.join();
    EXPECT_LE(end - *asked, milliseconds(900)) << url;
  }
}

TEST(Patience, IsOverWhenItsTimeIs) {
  Patience patience;
  EXPECT_TRUE(patience.is_over());
  patience.Give(kLong);
  EXPECT_FALSE(patience.is_over());
  patience.Give(milliseconds(0));
  EXPECT_TRUE(patience.is_over());
}

TEST(Patience, IsOverSoonAfterTheEndWhateverIsGiven) {
  Patience patience;
  patience.Give(kLong);
  patience.End();
  EXPECT_FALSE(patience.is_over());
  std::this_thread::sleep_for(Patience::kGoodbye / 2);
  patience.End();
  patience.Give(kLong);
  std::this_thread::sleep_for(Patience::kGoodbye / 2 + milliseconds(10));
  EXPECT_TRUE(patience.is_over());
}

}  // namespace
}  // namespace mouthpiece::media
