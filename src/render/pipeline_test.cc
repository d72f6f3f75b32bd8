#include "render/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device/cpu/cpu_device.h"
#include "mouthpiece/error.h"
#include "speech/arriving_windows.h"

namespace mouthpiece {
namespace {

constexpr FaceGeometry kGeometry{16, 8};
constexpr int kWidth = 40;
constexpr int kHeight = 30;
constexpr size_t kFacePixels = 64;

/// Lends frames that all look alike and counts what is out.
class FakeReader : public FrameReader, private FrameOwner {
 public:
  explicit FakeReader(int64_t fail_at = -1)
      : fail_at_(fail_at),
        face_(PixelFormat::kBgrPlanar, ColorRange::kFull, kGeometry.inner, kGeometry.inner),
        ring_(RingView::Bytes(kGeometry), 0) {
    std::fill_n(face_.view().planes[0].data, face_.bytes(), uint8_t{9});
  }

  SourceFrame Next() override {
    if (next_ == fail_at_) throw Error(ErrorCode::kBadPackage, "frame is damaged");
    auto& picture = frames_.emplace_back(
        std::make_unique<Picture>(PixelFormat::kYuv420, ColorRange::kLimited, kWidth, kHeight));
    std::fill_n(picture->view().planes[0].data, picture->bytes(), uint8_t{1});
    SourceFrame source;
    source.frame = Frame(picture->view(), this, 0);
    source.frame.source_index = static_cast<int>(next_++ % 3);
    source.face = {face_.view(), face_.view(), {ring_.data(), kGeometry}};
    const int out = ++out_;
    most_out = std::max(most_out, out);
    return source;
  }

  int out() const { return out_; }
  int most_out = 0;

 private:
  void TakeBack(int) noexcept override { --out_; }

  int64_t fail_at_;
  int64_t next_ = 0;
  Picture face_;
  std::vector<uint8_t> ring_;
  std::vector<std::unique_ptr<Picture>> frames_;
  std::atomic<int> out_ = 0;
};

/// Answers with a constant picture made of the audio window's first value.
class FakeEngine : public Engine {
 public:
  FakeEngine(int batch, int requests, int fail_at = -1) : fail_at_(fail_at) {
    info_.geometry = kGeometry;
    info_.audio_shape = {1, 2, 2};
    info_.batch = batch;
    info_.requests = requests;
    const auto slots = static_cast<size_t>(batch * requests);
    visual_.resize(slots * 6 * kFacePixels);
    audio_.resize(slots * 4);
    prediction_.resize(slots * 3 * kFacePixels);
  }

  const EngineInfo& info() const override { return info_; }
  std::span<uint8_t> visual(int request, int i) override {
    return std::span(visual_).subspan(Slot(request, i) * 6 * kFacePixels, 6 * kFacePixels);
  }
  std::span<float> audio(int request, int i) override {
    return std::span(audio_).subspan(Slot(request, i) * 4, 4);
  }
  void Start(int request, int count) override {
    counts.push_back(count);
    ++running;
    for (int i = 0; i < count; ++i) {
      inputs_arrived &= std::ranges::all_of(visual(request, i), [](uint8_t v) { return v == 9; });
      const std::span<uint8_t> out =
          std::span(prediction_).subspan(Slot(request, i) * 3 * kFacePixels, 3 * kFacePixels);
      // Half = 2 rows of one value each: row 2 of the window is the frame's own.
      std::ranges::fill(out, static_cast<uint8_t>(audio(request, i)[2]));
    }
  }
  void Wait(int) override {
    --running;
    if (waits_++ == fail_at_) throw Error(ErrorCode::kInternal, "inference failed");
  }
  std::span<const uint8_t> prediction(int request, int i) override {
    return std::span(prediction_).subspan(Slot(request, i) * 3 * kFacePixels, 3 * kFacePixels);
  }
  double busy_seconds() const override { return 0; }

  std::atomic<int> running = 0;
  std::vector<int> counts;
  bool inputs_arrived = true;

 private:
  size_t Slot(int request, int i) const { return static_cast<size_t>(request * info_.batch + i); }

  EngineInfo info_;
  int fail_at_;
  int waits_ = 0;
  std::vector<uint8_t> visual_;
  std::vector<float> audio_;
  std::vector<uint8_t> prediction_;
};

/// Records what arrives.
class FakeSink : public Sink {
 public:
  explicit FakeSink(int64_t fail_at = -1) : fail_at_(fail_at) {}

  void Write(Frame frame) override {
    if (frame.output_index == fail_at_) throw Error(ErrorCode::kIo, "disk is full");
    order.push_back(frame.output_index);
    changed.push_back(frame.changed);
    luma.push_back(frame.picture().planes[0].row(kHeight / 2)[kWidth / 2]);
  }
  void Finish() override {}
  SinkTimes times() const override { return {}; }
  int frames_held() const override { return 0; }

  std::vector<int64_t> order;
  std::vector<Rect> changed;
  std::vector<uint8_t> luma;

 private:
  int64_t fail_at_;
};

struct Fakes {
  Fakes(int64_t frames, int batch, int requests) : frame_count(frames) {
    Use(std::make_unique<FakeEngine>(batch, requests));
    FeatureTable features{frames, 1, {}};
    for (int64_t i = 0; i < frames; ++i) features.values.push_back(static_cast<float>(i % 250));
    windows = std::make_unique<TableWindows>(std::make_shared<FeatureTable>(std::move(features)));
  }

  void Use(std::unique_ptr<FakeEngine> fake) {
    engine = fake.get();
    device = CreateCpuDevice(std::move(fake), kGeometry);
  }

  PipelineParts Parts() {
    PipelineParts parts;
    parts.reader = &reader;
    parts.device = device.get();
    parts.sink = &sink;
    parts.windows = windows.get();
    parts.rectangles = rectangles;
    parts.frame_count = frame_count;
    return parts;
  }

  std::string ErrorOfRun() {
    try {
      RunPipeline(Parts());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  FakeReader reader;
  FakeEngine* engine = nullptr;
  std::unique_ptr<Device> device;
  FakeSink sink;
  std::unique_ptr<WindowSource> windows;
  std::vector<Rect> rectangles{{3, 3, 37, 27}, {4, 2, 36, 28}, {5, 5, 35, 25}};
  int64_t frame_count;
};

TEST(RunPipeline, KeepsOrderAndGivesEveryFrameItsOwnAudio) {
  Fakes fakes(50, 3, 2);
  RunPipeline(fakes.Parts());
  ASSERT_EQ(fakes.sink.order.size(), 50u);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(fakes.sink.order[i], static_cast<int64_t>(i));
    // Grey of value i in limited-range luma, give or take what the way back from BGR adds.
    EXPECT_NEAR(fakes.sink.luma[i], 16.5 + 219.0 * static_cast<double>(i) / 255, 1.5);
  }
  EXPECT_TRUE(fakes.engine->inputs_arrived);
}

TEST(RunPipeline, TellsTheSinkWhatChanged) {
  Fakes fakes(7, 3, 2);
  RunPipeline(fakes.Parts());
  ASSERT_EQ(fakes.sink.changed.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(fakes.sink.changed[i], fakes.rectangles[i % 3]);
}

TEST(RunPipeline, RunsAPartialLastBatch) {
  Fakes fakes(8, 3, 2);
  RunPipeline(fakes.Parts());
  EXPECT_EQ(fakes.engine->counts, (std::vector<int>{3, 3, 2}));
  EXPECT_EQ(fakes.sink.order.size(), 8u);
}

TEST(RunPipeline, BorrowsNoMoreFramesThanPromisedAndReturnsAll) {
  Fakes fakes(200, 2, 3);
  RunPipeline(fakes.Parts());
  EXPECT_LE(fakes.reader.most_out, FramesInFlight(*fakes.device, fakes.sink));
  EXPECT_EQ(fakes.reader.out(), 0);
}

TEST(RunPipeline, AFailingStageStopsTheOthersAndHoldsNoFrameOrRequest) {
  {
    Fakes fakes(100, 2, 2);
    FakeReader reader(57);
    PipelineParts parts = fakes.Parts();
    parts.reader = &reader;
    EXPECT_THROW(RunPipeline(parts), Error);
    EXPECT_EQ(reader.out(), 0);
    EXPECT_EQ(fakes.engine->running, 0);
  }
  {
    Fakes fakes(100, 2, 2);
    fakes.Use(std::make_unique<FakeEngine>(2, 2, 5));
    EXPECT_EQ(fakes.ErrorOfRun(), "inference failed");
    EXPECT_EQ(fakes.reader.out(), 0);
    EXPECT_EQ(fakes.engine->running, 0);
  }
  {
    Fakes fakes(100, 2, 2);
    fakes.sink = FakeSink(20);
    EXPECT_EQ(fakes.ErrorOfRun(), "disk is full");
    EXPECT_EQ(fakes.reader.out(), 0);
    EXPECT_EQ(fakes.engine->running, 0);
    EXPECT_EQ(fakes.sink.order.size(), 20u);
  }
}

/// Speech of which nothing comes after row 20.
class SilentSpeaker : public ArrivingWindows {
 public:
  SilentSpeaker() : ArrivingWindows(1) { Append(std::vector<float>(20)); }
};

TEST(RunPipeline, AFailingStageEndsTheWaitForSpeech) {
  Fakes fakes(100, 2, 2);
  fakes.windows = std::make_unique<SilentSpeaker>();
  fakes.sink = FakeSink(7);
  EXPECT_EQ(fakes.ErrorOfRun(), "disk is full");
  EXPECT_EQ(fakes.reader.out(), 0);
  EXPECT_EQ(fakes.engine->running, 0);
}

TEST(RunPipeline, StopsWhenSpeechFails) {
  Fakes fakes(100, 2, 2);
  auto windows = std::make_unique<SilentSpeaker>();
  windows->Fail(std::make_exception_ptr(Error(ErrorCode::kBadPackage, "no finite features")));
  fakes.windows = std::move(windows);
  EXPECT_EQ(fakes.ErrorOfRun(), "no finite features");
  EXPECT_EQ(fakes.reader.out(), 0);
}

TEST(RunPipeline, StopsWhenCancelled) {
  Fakes fakes(100000, 2, 2);
  std::atomic<bool> cancel = false;
  PipelineParts parts = fakes.Parts();
  parts.cancel = CancelToken(&cancel);
  parts.progress = [&](int64_t done) { cancel = done >= 10; };
  try {
    RunPipeline(parts);
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  EXPECT_LT(fakes.sink.order.size(), 100u);
  EXPECT_EQ(fakes.reader.out(), 0);
}

}  // namespace
}  // namespace mouthpiece
