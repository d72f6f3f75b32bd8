#include "serve/video_track.h"

#include <chrono>
#include <utility>

#include "base/timing.h"

namespace mouthpiece::serve {
namespace {

using Steady = std::chrono::steady_clock;

/// An encoder that is not used for so long is given back: three seconds.
constexpr int kFramesToKeep = 75;
/// A key comes so soon after the last one, frames that were skipped counted: within two seconds.
constexpr int64_t kMostFramesAKey = 48;

}  // namespace

VideoTrack::VideoTrack(std::shared_ptr<const ServedAvatar> avatar, int64_t bitrate,
                       Metrics& metrics)
    : avatar_(std::move(avatar)), settings_(avatar_->video), metrics_(metrics) {
  settings_.bitrate = bitrate;
  settings_.quick = true;
}

std::optional<VideoTrack::Shown> VideoTrack::Show(const live::Piece& piece, bool is_over) {
  if (piece.skipped) {
    if (next_cached_ >= 0) Skip();  // what comes next in the cache refers to this one
    return std::nullopt;
  }
  if (piece.idle) {
    const bool is_key = avatar_->idle->IsKey(piece.frame);
    if (is_key || (next_cached_ == piece.frame && !wants_key_)) {
      if (std::shared_ptr<const media::AccessUnit> unit = avatar_->idle->At(piece.frame)) {
        next_cached_ = piece.frame + 1;
        wants_key_ = false;
        if (is_key) last_key_ = piece.frame;
        if (++cached_frames_ == kFramesToKeep) encoder_.reset();
        return Shown{std::move(unit), true};
      }
    }
  }
  const bool is_key_due = piece.frame - last_key_ >= kMostFramesAKey;
  if (is_over && !is_key_due) {
    if (next_cached_ >= 0) Skip();
    return std::nullopt;
  }
  return Encode(piece);
}

void VideoTrack::Skip() {
  next_cached_ = -1;
  wants_key_ = true;
}

VideoTrack::Shown VideoTrack::Encode(const live::Piece& piece) {
  VideoFrame idle;
  const VideoFrame* picture = &piece.picture;
  if (!*picture) {
    idle = avatar_->stage->IdlePicture(piece.avatar_frame);
    picture = &idle;
  }
  const Steady::time_point begin = Steady::now();
  const std::chrono::nanoseconds spent = ThreadCpuTime();
  if (!encoder_) encoder_.emplace(settings_);
  const bool key = wants_key_ || next_cached_ >= 0 || piece.frame - last_key_ >= kMostFramesAKey;
  auto unit = std::make_shared<const media::AccessUnit>(
      encoder_->Encode(ViewOf(*picture, settings_.color.range), key));
  metrics_.encoding.Add(std::chrono::duration<double>(Steady::now() - begin).count());
  avatar_->encoding->Add(ThreadCpuTime() - spent);
  if (unit->key) last_key_ = piece.frame;
  next_cached_ = -1;
  cached_frames_ = 0;
  wants_key_ = false;
  return {std::move(unit), false};
}

}  // namespace mouthpiece::serve
