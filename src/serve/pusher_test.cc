#include "serve/pusher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "media/live_encoder.h"
#include "serve/pushers.h"
#include "support/pictures.h"
#include "support/push_peer.h"

namespace mouthpiece::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;
using testing::PushPeer;

constexpr int kWidth = 128;
constexpr int kHeight = 72;

/// A session's pictures, as fast as they are asked for, with a key when one is wanted.
class Pictures {
 public:
  Outgoing Next() {
    const bool key = wants_key_.exchange(false);
    auto settled = std::make_shared<Settled>();
    settled->pts = 100000 + frame_ * live::kFrameTicks;
    settled->duration = live::kFrameTicks;
    settled->unit = std::make_shared<const media::AccessUnit>(
        encoder_.Encode(frames_.Lend(frame_++).picture(), key));
    return {Content::kSettled, nullptr, 0, settled->unit->key, settled};
  }
  void WantKey() { wants_key_ = true; }

  static media::H264Headers Headers() {
    Pictures pictures;
    return media::LiveHeadersOf(*pictures.Next().settled->unit);
  }

 private:
  testing::FrameLender frames_{kWidth, kHeight, ColorRange::kLimited};
  media::LiveEncoder encoder_{{.width = kWidth, .height = kHeight, .color = {}}};
  std::atomic<bool> wants_key_ = false;
  int64_t frame_ = 0;
};

/// A pusher and what it said, given pictures eight times as fast as time goes.
class PusherStand {
 public:
  explicit PusherStand(const std::string& url) {
    pusher_ = std::make_shared<Pusher>(Pusher::Options{.session = "s",
                                                       .name = "push-1",
                                                       .url = ReadPushUrl(url),
                                                       .headers = Pictures::Headers(),
                                                       .want_key = [this] { pictures_.WantKey(); },
                                                       .log =
                                                           [this](const std::string& line) {
                                                             const std::lock_guard lock(mutex_);
                                                             lines_.push_back(line);
                                                           }},
                                       metrics_);
  }

  Pusher& pusher() { return *pusher_; }
  const Metrics& metrics() const { return metrics_; }
  void Show() {
    const Outgoing item = pictures_.Next();
    pusher_->Take({&item, 1});
    std::this_thread::sleep_for(milliseconds(5));
  }
  /// Shows pictures until it is so.
  bool ShowUntil(const std::function<bool()>& is_so, seconds longest = seconds(20)) {
    const Steady::time_point end = Steady::now() + longest;
    while (!is_so()) {
      if (Steady::now() > end) return false;
      Show();
    }
    return true;
  }
  bool IsIn(PushState state) const { return pusher_->status().state == state; }
  int64_t Said(const std::string& event) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.starts_with("ev=" + event + " "); });
  }

 private:
  Metrics metrics_;
  Pictures pictures_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::shared_ptr<Pusher> pusher_;  ///< Calls what is above
};

std::string Rtmp(int port) { return "rtmp://127.0.0.1:" + std::to_string(port) + "/live/secret"; }

TEST(Pusher, ConnectsAgainAndTimeGoesOn) {
  const int port = testing::FreePort();
  PusherStand stand(Rtmp(port));
  EXPECT_TRUE(stand.pusher().is_audience());
  ASSERT_TRUE(stand.ShowUntil([&] { return stand.IsIn(PushState::kWaiting); }));
  EXPECT_EQ(stand.pusher().status().why, "Connection refused");
  double last = 0;
  for (int64_t time = 1; time <= 2; ++time) {
    std::optional<PushPeer> peer;
    peer.emplace(Rtmp(port));
    ASSERT_TRUE(stand.ShowUntil([&] { return peer->packets(true).size() > 30; }));
    const std::vector<PushPeer::Packet> pictures = peer->packets(true);
    EXPECT_TRUE(pictures[0].key);
    EXPECT_GT(pictures[0].time, last);
    EXPECT_LT(pictures[0].time, 60);
    last = pictures.back().time;
    EXPECT_EQ(stand.pusher().status().connected, time);
    EXPECT_EQ(stand.pusher().status().why, "");
    peer.reset();
    ASSERT_TRUE(stand.ShowUntil([&] { return stand.pusher().status().lost == time; }));
  }
  EXPECT_EQ(stand.metrics().push_connected, 2);
  EXPECT_EQ(stand.metrics().push_lost, 2);
  EXPECT_EQ(stand.Said("push_live"), 2);
  EXPECT_EQ(stand.Said("push_lost"), 2);
  stand.pusher().Part("", 0);
  ASSERT_TRUE(stand.ShowUntil([&] { return stand.pusher().is_done(); }));
  EXPECT_TRUE(stand.IsIn(PushState::kEnded));
  EXPECT_FALSE(stand.pusher().is_audience());
}

TEST(Pusher, SaysEachChangeOnce) {
  PusherStand stand(Rtmp(testing::FreePort()));
  const Steady::time_point end = Steady::now() + milliseconds(1800);
  stand.ShowUntil([&] { return Steady::now() > end; });
  EXPECT_EQ(stand.Said("push_failed"), 1);
  EXPECT_EQ(stand.Said("push_lost"), 0);
}

TEST(Pusher, EndsSoonWhenThePeerIsStuck) {
  const testing::MutePeer peer;
  PusherStand stand(Rtmp(peer.port()));
  const Steady::time_point begin = Steady::now();
  stand.ShowUntil([&] { return Steady::now() - begin > milliseconds(300); });
  EXPECT_TRUE(stand.IsIn(PushState::kConnecting));
  const Steady::time_point asked = Steady::now();
  stand.pusher().Part("", 0);
  EXPECT_LT(Steady::now() - asked, milliseconds(50)) << "who ends it does not wait";
  ASSERT_TRUE(stand.ShowUntil([&] { return stand.pusher().is_done(); }));
  EXPECT_LT(Steady::now() - asked, seconds(1));
}

TEST(Pusher, DatagramsGoOutAlsoWhenNobodyListens) {
  const int port = testing::FreePort();
  PusherStand stand("udp://127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(stand.ShowUntil([&] { return stand.IsIn(PushState::kLive); }));
  for (int i = 0; i < 20; ++i) stand.Show();
  const PushPeer peer("udp://127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(stand.ShowUntil([&] { return peer.packets(true).size() > 30; }));
  EXPECT_EQ(stand.pusher().status().lost, 0);
}

TEST(Pushers, AreFewAndLetGo) {
  Metrics metrics;
  Pushers pushers;
  const testing::MutePeer peer;
  const auto add = [&](const std::string& session) {
    return pushers.Add({.session = session,
                        .name = {},
                        .url = ReadPushUrl(Rtmp(peer.port())),
                        .headers = Pictures::Headers()},
                       metrics);
  };
  const std::shared_ptr<Pusher> first = add("a");
  ASSERT_NE(first, nullptr);
  for (size_t i = 1; i < Pushers::kMostOfASession; ++i) ASSERT_NE(add("a"), nullptr);
  EXPECT_EQ(add("a"), nullptr);
  EXPECT_NE(add("b"), nullptr);
  EXPECT_EQ(pushers.Of("a").size(), Pushers::kMostOfASession);
  EXPECT_EQ(pushers.Find("a", first->options().name), first);
  EXPECT_EQ(pushers.Find("b", first->options().name), nullptr);
  first->Part("", 0);
  EXPECT_EQ(pushers.Find("a", first->options().name), nullptr);
  EXPECT_EQ(add("a"), nullptr) << "its thread has not ended";
  while (!first->is_done()) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_NE(add("a"), nullptr);
}

}  // namespace
}  // namespace mouthpiece::serve
