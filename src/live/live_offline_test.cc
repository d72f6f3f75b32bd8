// Live equals offline: the pictures of a session are those of a render of its sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "media/frame_hash.h"
#include "media/speech_reader.h"
#include "mouthpiece/frame_stream.h"
#include "mouthpiece/live.h"
#include "mouthpiece/renderer.h"
#include "support/speaker.h"

namespace mouthpiece::live {
namespace {

std::string UtteranceName(int64_t number) {
  return std::string("u").append(std::to_string(number));
}

using testing::Speaker;

std::shared_ptr<const Avatar> Drawn() {
  static const Speaker speaker;
  return speaker.Open();
}

std::string HashOf(const VideoFrame& frame) {
  PictureView picture;
  for (int i = 0; i < 3; ++i) {
    const FramePlane plane = frame.plane(i);
    picture.planes[i] = {const_cast<uint8_t*>(plane.data), plane.stride, plane.width, plane.height};
  }
  return FrameMd5(picture);
}

/// Something like syllables.
std::vector<float> Speech(double seconds, int rate, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> noise(-0.3F, 0.3F);
  std::vector<float> samples(static_cast<size_t>(seconds * rate));
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    const double level = 0.5 + 0.5 * std::sin(2 * M_PI * 3.1 * t + seed);
    samples[i] = static_cast<float>(
        level * (0.4 * std::sin(2 * M_PI * 170 * t) + static_cast<double>(noise(random))));
  }
  return samples;
}

struct Said {
  std::vector<float> samples;
  int rate = 16000;
  Ticks pause = 0;  ///< After the one before was finished; 0: at once
};

/// A session on a virtual clock, and what came of it.
class Live {
 public:
  explicit Live(const SessionOptions& options = {},
                const std::shared_ptr<const Avatar>& avatar = Drawn())
      : scheduler_(std::make_shared<Scheduler>(SchedulerOptions{.threads = -1})),
        stage_(std::make_shared<Stage>(avatar, scheduler_)),
        session_(stage_, clock_, options) {}
  explicit Live(std::shared_ptr<Stage> stage, const SessionOptions& options)
      : scheduler_(stage->scheduler()),
        stage_(std::move(stage)),
        session_(stage_, clock_, options) {}

  /// Says all in pieces of random sizes up to `most_ticks`, then listens for a second.
  void Say(const std::vector<Said>& utterances, Ticks most_ticks, bool in_real_time) {
    std::mt19937 random(7);
    int number = 0;
    for (const Said& said : utterances) {
      Run(said.pause);
      const std::string name = UtteranceName(number++);
      ASSERT_EQ(session_.Speak(name, said.rate), Speaking::kYes);
      for (size_t at = 0; at < said.samples.size();) {
        const Ticks ticks =
            std::uniform_int_distribution<Ticks>(in_real_time ? most_ticks : 1, most_ticks)(random);
        const size_t size =
            std::min(said.samples.size() - at,
                     static_cast<size_t>(std::max<Ticks>(1, ticks * said.rate / kTickRate)));
        ASSERT_EQ(session_.Push(std::span(said.samples).subspan(at, size)), size);
        at += size;
        if (in_real_time) Run(ticks);
      }
      session_.End();
      if (said.pause > 0) {
        for (int i = 0; i < 2000 && !finished_.contains(name); ++i) Run(480);
      }
    }
    for (int i = 0; i < 4000 && finished_.size() < utterances.size(); ++i) Run(480);
    Run(kTickRate);
  }

  void Run(Ticks ticks) {
    for (const Ticks end = clock_->Now() + ticks;; clock_->Advance(1)) {
      do {
        while (std::optional<Output> output = session_.Poll()) Take(std::move(*output));
      } while (!is_idle_filled_ ? FillIdle() : scheduler_->RunOne());
      const Ticks next = std::max(clock_->Now() + 1, session_.next_poll());
      if (next >= end) {
        clock_->Advance(end - clock_->Now());
        return;
      }
      clock_->Advance(next - clock_->Now() - 1);
    }
  }

  bool FillIdle() {
    while (scheduler_->RunOne()) {
    }
    is_idle_filled_ = true;
    return true;
  }

  void Take(Output output) {
    if (auto* const piece = std::get_if<Piece>(&output)) {
      EXPECT_EQ(piece->pts, static_cast<Ticks>(piece->frame) * kFrameTicks);
      EXPECT_EQ(piece->seq, pieces_++);
      EXPECT_FALSE(piece->skipped) << piece->frame;
      frames_[piece->frame] = piece->picture ? HashOf(piece->picture) : "none";
      idle_[piece->frame] = piece->idle;
      if (piece->sound.empty()) piece->sound.resize(kFrameTicks);
      sound_.insert(sound_.end(), piece->sound.begin(), piece->sound.end());
      end_ = piece->frame + 1;
      if (keeps_pictures) kept.push_back(std::move(*piece));
    } else if (const auto* const started = std::get_if<Started>(&output)) {
      started_[started->utterance] = started->pts;
    } else if (const auto* const finished = std::get_if<Finished>(&output)) {
      EXPECT_FALSE(finished_.contains(finished->utterance));
      finished_[finished->utterance] = finished->played;
      EXPECT_FALSE(finished->interrupted);
    }
  }

  bool keeps_pictures = false;
  std::vector<Piece> kept;

  Session& session() { return session_; }
  int64_t end() const { return end_; }
  const std::map<int64_t, std::string>& frames() const { return frames_; }
  const std::map<int64_t, bool>& idle() const { return idle_; }
  std::map<std::string, Ticks>& started() { return started_; }
  std::map<std::string, Ticks>& finished() { return finished_; }
  const std::vector<int16_t>& sound() const { return sound_; }

 private:
  const std::shared_ptr<Scheduler> scheduler_;
  const std::shared_ptr<Stage> stage_;
  const std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>(123456);
  Session session_;
  bool is_idle_filled_ = false;
  uint32_t pieces_ = 0;
  int64_t end_ = 0;
  std::map<int64_t, std::string> frames_;
  std::map<int64_t, bool> idle_;
  std::map<std::string, Ticks> started_;
  std::map<std::string, Ticks> finished_;
  std::vector<int16_t> sound_;
};

/// The frames that a render of the sound gives, hashed.
std::map<int64_t, std::string> Render(std::vector<float> timeline, int64_t end,
                                      const std::shared_ptr<const Avatar>& avatar) {
  timeline.resize(static_cast<size_t>(end) * 640 + 32000);
  auto renderer = std::make_shared<Renderer>(avatar);
  Job job;
  job.drive = SpeechSamples{std::make_shared<const Samples>(std::move(timeline)), 16000};
  job.frames = FrameRange{kFirstFrame, end};
  FrameStream stream(renderer, job);
  std::map<int64_t, std::string> frames;
  while (const VideoFrame frame = stream.Next()) {
    frames[frame.output_index() + kFirstFrame] = HashOf(frame);
  }
  return frames;
}

/// What `mouthpiece render` hears of a file of the samples.
std::vector<float> At16kHz(const Said& said) {
  media::SpeechReader reader(
      SpeechSamples{std::make_shared<const Samples>(said.samples), said.rate});
  std::vector<float> heard(said.samples.size() * 17);
  heard.resize(reader.Read(heard));
  return heard;
}

void ExpectOffline(Live& live, const std::vector<Said>& utterances) {
  std::vector<float> timeline;
  for (size_t i = 0; i < utterances.size(); ++i) {
    const std::string name = UtteranceName(i);
    ASSERT_TRUE(live.started().contains(name));
    ASSERT_EQ(live.started()[name] % 3, 0);
    const auto begin = static_cast<size_t>(live.started()[name] / 3);
    const std::vector<float> heard = At16kHz(utterances[i]);
    ASSERT_GE(begin, timeline.size());
    timeline.resize(begin);
    timeline.insert(timeline.end(), heard.begin(), heard.end());
  }
  EXPECT_EQ(live.session().stats().gaps, 0);
  EXPECT_EQ(live.session().stats().late_frames, 0);
  const std::map<int64_t, std::string> expected =
      Render(timeline, live.end(), live.session().stage()->avatar());
  ASSERT_EQ(live.frames().size(), expected.size());
  int differing = 0;
  for (const auto& [frame, hash] : expected) differing += live.frames().at(frame) == hash ? 0 : 1;
  EXPECT_EQ(differing, 0);
  EXPECT_EQ(live.frames(), expected);
  const int64_t idle =
      std::ranges::count_if(live.idle(), [](const auto& entry) { return entry.second; });
  EXPECT_GT(idle, 10);
  EXPECT_LT(idle, live.end() - 10);
}

TEST(LiveOffline, SpeechInOnePiece) {
  const std::vector<Said> said{{Speech(1.7, 16000, 1), 16000, 4800}};
  Live live;
  live.Say(said, 100 * kTickRate, false);
  ExpectOffline(live, said);
  EXPECT_EQ(live.finished()["u0"], 81600);
}

TEST(LiveOffline, PiecesOf20MsAsTheyAreSpoken) {
  const std::vector<Said> said{{Speech(1.3, 16000, 2), 16000, 7000}};
  Live live;
  live.Say(said, Milliseconds(20), true);
  ExpectOffline(live, said);
}

TEST(LiveOffline, PiecesOfRandomSizes) {
  const std::vector<Said> said{{Speech(1.5, 16000, 3), 16000, 300}};
  Live live;
  live.Say(said, 9000, false);
  ExpectOffline(live, said);
}

TEST(LiveOffline, ThreeUtterancesWithPausesAndWithout) {
  const std::vector<Said> said{{Speech(0.7, 16000, 4), 16000, 10000},
                               {Speech(0.4, 16000, 5), 16000, 0},
                               {Speech(0.9, 16000, 6), 16000, 31234}};
  Live live;
  live.Say(said, 4800, false);
  ExpectOffline(live, said);
}

TEST(LiveOffline, SoundOfOtherRatesIsThatOfAFileOfIt) {
  const std::vector<Said> said{{Speech(0.5, 24000, 7), 24000, 10000},
                               {Speech(0.5, 48000, 8), 48000, 20000},
                               {Speech(0.5, 22050, 9), 22050, 5000},
                               {Speech(0.5, 8000, 10), 8000, 0}};
  Live live;
  live.Say(said, 3000, false);
  ExpectOffline(live, said);
}

TEST(LiveOffline, TwoSessionsOfAStageDoNotTouchEachOthersPictures) {
  SessionOptions options;
  options.admission = Admission::kNever;
  Live first(options);
  Live second(first.session().stage(), options);
  first.keeps_pictures = true;  // so that the other gets copies
  const std::vector<Said> said{{Speech(0.4, 16000, 13), 16000, 4000}};
  const std::vector<Said> said_by_the_other{{Speech(0.4, 16000, 14), 16000, 4000}};
  first.Say(said, 3000, false);
  second.Say(said_by_the_other, 3000, false);
  for (const Piece& piece : first.kept) {
    EXPECT_EQ(HashOf(piece.picture), first.frames().at(piece.frame)) << piece.frame;
  }
  ExpectOffline(first, said);
  ExpectOffline(second, said_by_the_other);
}

#ifdef MOUTHPIECE_DEMO
// With networks whose arithmetic is not as forgiving as that of a test's.
TEST(LiveOffline, TheDemoAvatarSpeaks) {
  const std::vector<Said> said{{Speech(0.6, 16000, 12), 16000, 4000}};
  SessionOptions options;
  options.admission = Admission::kNever;  // beside whatever else runs
  Live live(options, Avatar::Open(MOUTHPIECE_DEMO));
  live.Say(said, 3000, false);
  ExpectOffline(live, said);
}
#endif

TEST(LiveOffline, SoundOf48KhzComesOutAsItWentIn) {
  const std::vector<Said> said{{Speech(0.5, 48000, 11), 48000, 10000}};
  Live live;
  live.Say(said, 3000, false);
  const auto begin = static_cast<size_t>(live.started()["u0"] - kFirstFrame * kFrameTicks);
  for (size_t i = 0; i < said[0].samples.size(); ++i) {
    const auto expected = static_cast<int16_t>(std::lrint(said[0].samples[i] * 32768));
    ASSERT_EQ(live.sound()[begin + i], expected) << i;
  }
}

TEST(LiveOffline, IdleCostsNoCallOfTheNetworkOnceTheCacheIsWarm) {
  Live live;
  live.Run(kTickRate);
  const int64_t frames = live.session().stage()->scheduler()->stats().frames;
  live.Run(10 * kTickRate);
  EXPECT_EQ(live.session().stage()->scheduler()->stats().frames, frames);
  EXPECT_EQ(live.session().stage()->idle_frames(), live.session().stage()->avatar()->frame_count());
  EXPECT_EQ(live.session().stats().late_frames, 0);
}

}  // namespace
}  // namespace mouthpiece::live
