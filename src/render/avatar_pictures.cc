#include <mutex>
#include <string>
#include <utility>

#include "avatar/package.h"
#include "compose/compositor.h"
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

}  // namespace

struct AvatarPictures::State {
  State(std::shared_ptr<const Avatar> avatar, const Machine& machine)
      : frames(std::move(avatar), machine) {}

  std::mutex mutex;
  SourceFrames frames;
};

AvatarPictures::AvatarPictures(std::shared_ptr<const Avatar> avatar, const Machine& machine)
    : state_(std::make_unique<State>(std::move(avatar), machine)) {}
AvatarPictures::~AvatarPictures() = default;

int AvatarPictures::face_size() const { return FaceSize(state_->frames); }

VideoFrame AvatarPictures::Full(int index) {
  std::lock_guard lock(state_->mutex);
  // Not lent: a store that is asked again for a lent frame copies what will not be composited.
  return CopyFrame(state_->frames.Take(index).frame);
}

void AvatarPictures::Face(int index, std::span<uint8_t> planes) {
  const auto side = static_cast<size_t>(face_size());
  CheckSize("face planes", 6 * side * side, planes.size());
  std::lock_guard lock(state_->mutex);
  const SourceFrame source = state_->frames.Take(index);
  FillVisual(source.face, planes);
}

struct AvatarCompositor::State {
  State(std::shared_ptr<const Avatar> avatar, const Machine& machine, Resample resample)
      : frames(std::move(avatar), machine),
        compositor(PackageOf(frames.avatar()).geometry, resample,
                   PackageOf(frames.avatar()).mapped_range) {}

  VideoFrame Composite(int index, const Prediction& prediction, size_t values) {
    const auto side = static_cast<size_t>(FaceSize(frames));
    CheckSize("prediction", 3 * side * side, values);
    std::lock_guard lock(mutex);
    SourceFrame source = frames.Take(index);
    compositor.Composite(prediction, source.face.ring,
                         frames.avatar().rectangles()[static_cast<size_t>(index)],
                         source.frame.picture(), PackageOf(frames.avatar()).kept.Of(index));
    return LendFrame(std::move(source.frame), frames.origin());
  }

  std::mutex mutex;
  SourceFrames frames;
  Compositor compositor;
};

AvatarCompositor::AvatarCompositor(std::shared_ptr<const Avatar> avatar, const Machine& machine,
                                   Resample resample)
    : state_(std::make_unique<State>(std::move(avatar), machine, resample)) {}
AvatarCompositor::~AvatarCompositor() = default;

int AvatarCompositor::face_size() const { return FaceSize(state_->frames); }

VideoFrame AvatarCompositor::Composite(int index, std::span<const uint8_t> prediction) {
  return state_->Composite(index, {.u8 = prediction.data(), .f32 = nullptr}, prediction.size());
}

VideoFrame AvatarCompositor::Composite(int index, std::span<const float> prediction) {
  return state_->Composite(index, {.u8 = nullptr, .f32 = prediction.data()}, prediction.size());
}

}  // namespace mouthpiece
