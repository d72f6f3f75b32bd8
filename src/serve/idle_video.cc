#include "serve/idle_video.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

/// Frames after which the stage's walk repeats: as many as the avatar has, or twice that.
int64_t PeriodOf(const live::Stage& stage) {
  const int64_t frames = stage.avatar()->frame_count();
  for (const int64_t period : {frames, 2 * frames - 2, 2 * frames - 1}) {
    bool repeats = period > 0;
    for (int64_t i = 0; repeats && i < 2 * frames; ++i) {
      repeats = stage.AvatarFrame(i) == stage.AvatarFrame(i + period);
    }
    if (repeats) return period;
  }
  return 2 * frames;
}

/// Lets whoever speaks go first.
void BeNice() {
  constexpr int kNicest = 19;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNicest);
}

}  // namespace

ConstPictureView ViewOf(const VideoFrame& frame, ColorRange range) {
  ConstPictureView view;
  view.range = range;
  for (int i = 0; i < 3; ++i) {
    const FramePlane plane = frame.plane(i);
    view.planes[i] = {plane.data, plane.stride, plane.width, plane.height};
  }
  return view;
}

IdleVideo::IdleVideo(std::shared_ptr<const live::Stage> stage,
                     const media::LiveEncoderSettings& settings)
    : stage_(std::move(stage)),
      settings_(settings),
      period_(PeriodOf(*stage_)),
      runs_(static_cast<size_t>((period_ + kFramesAKey - 1) / kFramesAKey)),
      filler_([this](const std::stop_token& stop) { Fill(stop); }) {}

IdleVideo::~IdleVideo() = default;

std::shared_ptr<const media::AccessUnit> IdleVideo::At(int64_t frame) const {
  const auto at = static_cast<size_t>(frame % period_);
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<const Run>& run = runs_[at / kFramesAKey];
  return run == nullptr ? nullptr : (*run)[at % kFramesAKey];
}

void IdleVideo::Fill(const std::stop_token& stop) {
  BeNice();
  try {
    media::LiveEncoder encoder(settings_);
    // From where sessions begin.
    const int64_t first = live::kFirstFrame / kFramesAKey + 1;
    const auto count = static_cast<int64_t>(runs_.size());
    for (int64_t i = 0; i < count; ++i) {
      const int64_t number = (first + i) % count;
      std::shared_ptr<const Run> run = Encode(number * kFramesAKey, encoder, stop);
      if (run == nullptr) return;
      const std::lock_guard lock(mutex_);
      runs_[static_cast<size_t>(number)] = std::move(run);
      ++made_;
    }
  } catch (const Error&) {
    // Sessions meet the same error where they can tell somebody.
  }
}

std::shared_ptr<const IdleVideo::Run> IdleVideo::Encode(int64_t first, media::LiveEncoder& encoder,
                                                        const std::stop_token& stop) {
  auto run = std::make_shared<Run>();
  const int64_t end = std::min<int64_t>(first + kFramesAKey, period_);
  for (int64_t frame = first; frame < end; ++frame) {
    if (stop.stop_requested()) return nullptr;
    const VideoFrame picture = stage_->IdlePicture(stage_->AvatarFrame(frame));
    media::AccessUnit unit = encoder.Encode(ViewOf(picture, settings_.color.range), frame == first);
    unit.bytes.shrink_to_fit();
    bytes_ += unit.bytes.size();
    run->push_back(std::make_shared<const media::AccessUnit>(std::move(unit)));
  }
  return run;
}

}  // namespace mouthpiece::serve
