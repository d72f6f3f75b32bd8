#include <mutex>
#include <string>
#include <utility>

#include "avatar/package.h"
#include "base/per_process.h"
#include "device/mouths.h"
#include "device/network_input.h"
#include "mouthpiece/compositor.h"
#include "mouthpiece/error.h"
#include "render/source_frames.h"

namespace mouthpiece {
namespace {

int FaceSize(const SourceFrames& frames) { return PackageOf(frames.avatar()).geometry.inner; }

void CheckSize(const char* what, size_t expected, size_t found) {
  if (found == expected) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(what) + ": expected " +
                                               std::to_string(expected) + " values, found " +
                                               std::to_string(found));
}

/// What calls of a compositor take turns with.
class Turns {
 public:
  Turns(std::shared_ptr<const Avatar> avatar, const Machine& machine, Resample resample)
      : frames_(std::move(avatar), machine),
        mouths_(OpenMouths(PackageOf(frames_.avatar()), machine.device)),
        resample_(resample) {}

  int face_size() const { return FaceSize(frames_); }

  VideoFrame Composite(int index, const Prediction& prediction, size_t values) {
    const auto side = static_cast<size_t>(FaceSize(frames_));
    CheckSize("prediction", 3 * side * side, values);
    std::lock_guard lock(mutex_);
    SourceFrame source = frames_.Take(index);
    source.kept = PackageOf(frames_.avatar()).kept.Of(index);
    const Rect& rect = frames_.avatar().rectangles()[static_cast<size_t>(index)];
    mouths_->Composite(prediction, {rect, resample_}, source);
    return LendFrame(std::move(source.frame), frames_.origin());
  }

 private:
  std::mutex mutex_;
  SourceFrames frames_;
  const std::unique_ptr<Mouths> mouths_;
  const Resample resample_;
};

}  // namespace

struct AvatarPictures::State {
  /// Has threads, which a fork does not carry over.
  struct Source {
    Source(std::shared_ptr<const Avatar> avatar, const Machine& machine)
        : frames(std::move(avatar), machine) {}

    std::mutex mutex;
    SourceFrames frames;
  };

  PerProcess<Source> source;
};

AvatarPictures::AvatarPictures(std::shared_ptr<const Avatar> avatar, const Machine& machine)
    : state_(new State{PerProcess<State::Source>([avatar = std::move(avatar), machine] {
        return std::make_unique<State::Source>(avatar, machine);
      })}) {}
AvatarPictures::~AvatarPictures() = default;

int AvatarPictures::face_size() const { return FaceSize(state_->source.Get().frames); }

VideoFrame AvatarPictures::Full(int index) {
  State::Source& source = state_->source.Get();
  std::lock_guard lock(source.mutex);
  // Not lent: a store that is asked again for a lent frame copies what will not be composited.
  Frame frame = source.frames.Take(index).frame;
  return CopyFrame(std::move(frame), source.frames.origin()->matrix);
}

void AvatarPictures::Face(int index, std::span<uint8_t> planes) {
  const auto side = static_cast<size_t>(face_size());
  CheckSize("face planes", 6 * side * side, planes.size());
  State::Source& source = state_->source.Get();
  std::lock_guard lock(source.mutex);
  FillVisual(source.frames.Take(index).face, planes);
}

struct AvatarCompositor::State {
  PerProcess<Turns> turns;  ///< Have threads, which a fork does not carry over
};

AvatarCompositor::AvatarCompositor(std::shared_ptr<const Avatar> avatar, const Machine& machine,
                                   Resample resample)
    : state_(new State{PerProcess<Turns>([avatar = std::move(avatar), machine, resample] {
        return std::make_unique<Turns>(avatar, machine, resample);
      })}) {}
AvatarCompositor::~AvatarCompositor() = default;

int AvatarCompositor::face_size() const { return state_->turns.Get().face_size(); }

VideoFrame AvatarCompositor::Composite(int index, std::span<const uint8_t> prediction) {
  return state_->turns.Get().Composite(index, {.u8 = prediction.data(), .f32 = nullptr},
                                       prediction.size());
}

VideoFrame AvatarCompositor::Composite(int index, std::span<const float> prediction) {
  return state_->turns.Get().Composite(index, {.u8 = nullptr, .f32 = prediction.data()},
                                       prediction.size());
}

}  // namespace mouthpiece
