#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "base/timing.h"
#include "image/alpha_source.h"
#include "mouthpiece/error.h"
#include "sink/matte.h"
#include "sink/picture_pool.h"

namespace mouthpiece {
namespace {

/// A plane that is used again and again.
class OwnPlane {
 public:
  OwnPlane() = default;
  OwnPlane(int width, int height)
      : bytes_(static_cast<size_t>(width) * static_cast<size_t>(height)),
        plane_{bytes_.data(), width, width, height} {}
  OwnPlane(OwnPlane&&) = default;
  OwnPlane& operator=(OwnPlane&&) = default;

  Plane plane() const { return plane_; }

 private:
  AlignedBytes bytes_;
  Plane plane_;
};

class MatteSink : public Sink {
 public:
  MatteSink(std::unique_ptr<Sink> sink, const Matte& matte, const SinkJob& job,
            const StreamFormat& frames, const Rect& part, const Rect& whole)
      : matte_(matte),
        source_(job.alpha),
        first_frame_(job.first_frame),
        part_(part),
        half_((frames.width + 1) / 2, (frames.height + 1) / 2),
        pool_(frames.color.range, frames.width, frames.height, true),
        sink_(std::move(sink)) {
    if (!matte.key && source_ == nullptr) {
      throw Error(ErrorCode::kInternal, "frames are to be transparent, and nobody knows where");
    }
    if (!matte.key && part != whole) whole_ = OwnPlane(whole.width(), whole.height());
    if (matte.backdrop) {
      back_.emplace(*matte.backdrop, frames.width, frames.height, frames.color, frames.frame_rate,
                    job.cancel);
    }
  }

  void Write(Frame frame) override { sink_->Write(Made(std::move(frame))); }
  void Finish() override { sink_->Finish(); }
  SinkTimes times() const override {
    SinkTimes times = sink_->times();
    times.encode.wall_s += working_.wall_seconds();
    return times;
  }
  int frames_held() const override { return back_ ? 0 : sink_->frames_held(); }

 private:
  /// The frame with its alpha, or over the background.
  Frame Made(Frame frame) {
    StageTimer::Scope timed(working_);
    const PictureView front = frame.picture();
    const Rect changed = Changed(frame, front);
    const int64_t index = frame.output_index;
    const int source = frame.source_index;
    Frame made = back_ ? pool_.Lend() : pool_.Lend(std::move(frame));
    made.output_index = index;
    made.source_index = source;
    made.changed = changed;
    PictureView shown = front;
    const PictureView own = made.picture();
    if (matte_.key) {
      KeyChroma(front.planes[1], front.planes[2], *matte_.key, own.planes[1], own.planes[2],
                half_.plane());
      DoubleAlpha(half_.plane(), made.alpha);
      shown.planes[1] = own.planes[1];
      shown.planes[2] = own.planes[2];
    } else {
      ReadAlpha(source, made.alpha);
    }
    if (!back_) {
      made.Narrow(shown);
    } else {
      if (!matte_.key) HalveAlpha(made.alpha, half_.plane());
      const ConstPictureView back = back_->At(first_frame_ + index);
      for (int p = 0; p < 3; ++p) {
        Blend(shown.planes[p], p == 0 ? made.alpha : half_.plane(), back.planes[p], own.planes[p]);
      }
      made.alpha = {};
    }
    return made;
  }

  /// What differs from the last time that this frame of the avatar was shown.
  Rect Changed(const Frame& frame, const PictureView& front) const {
    const bool moves = matte_.backdrop && matte_.backdrop->video;
    if (moves || frame.changed == Rect{}) return {};
    if (!matte_.key) return frame.changed;
    constexpr int kReach = 4;  // of alpha that lies between two chroma samples
    const Rect& rect = frame.changed;
    return {std::max(rect.x1 - kReach, 0), std::max(rect.y1 - kReach, 0),
            std::min(rect.x2 + kReach, front.width()), std::min(rect.y2 + kReach, front.height())};
  }

  void ReadAlpha(int source, const Plane& target) {
    if (whole_.plane().data == nullptr) {
      source_->Read(source, target);
      return;
    }
    source_->Read(source, whole_.plane());
    for (int y = 0; y < target.height; ++y) {
      std::memcpy(target.row(y), whole_.plane().row(part_.y1 + y) + part_.x1,
                  static_cast<size_t>(target.width));
    }
  }

  const Matte& matte_;
  const std::shared_ptr<AlphaSource> source_;
  const int64_t first_frame_;
  const Rect part_;
  OwnPlane half_;   ///< Alpha of chroma
  OwnPlane whole_;  ///< Alpha of the avatar's frame, of which a part is shown; or none
  PicturePool pool_;
  std::optional<BackdropReader> back_;
  StageTimer working_;
  std::unique_ptr<Sink> sink_;  ///< Holds pictures of the pool: goes first
};

}  // namespace

KeyOut ParseKeyOut(const std::string& text) {
  KeyOut key;
  const size_t colon = text.find(':');
  const std::string color = text.substr(0, colon);
  const auto refuse = [&text] {
    throw Error(ErrorCode::kInvalidArgument,
                "key-out: expected green, blue or #rrggbb, and :SIMILARITY above 0 to 1 behind it, "
                "found \"" +
                    text + "\"");
  };
  if (color == "green") {
    key.color = {0, 255, 0};
  } else if (color == "blue") {
    key.color = {0, 0, 255};
  } else if (const auto rgb = ParseColor(color)) {
    key.color = *rgb;
  } else {
    refuse();
  }
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, key.similarity);
    if (error != std::errc() || rest != end || !(key.similarity > 0 && key.similarity <= 1))
      refuse();
  }
  return key;
}

std::string ToString(const KeyOut& key) {
  char text[32];
  std::snprintf(text, sizeof(text), "#%02x%02x%02x:%g", key.color[0], key.color[1], key.color[2],
                key.similarity);
  return text;
}

std::shared_ptr<const Matte> MatteOf(const std::optional<KeyOut>& key_out,
                                     const std::string& background, bool takes_alpha,
                                     const StreamFormat& frames) {
  if (key_out && frames.has_alpha) {
    throw Error(ErrorCode::kInvalidArgument,
                "key-out: expected an avatar without transparency, found one that says where it is "
                "transparent");
  }
  if (!key_out && !frames.has_alpha) {
    if (background.empty()) return nullptr;
    throw Error(ErrorCode::kInvalidArgument,
                "background: expected an avatar that is transparent in part, or --key-out, found "
                "neither");
  }
  Matte matte;
  if (key_out) {
    matte.key = MakeChromaKey(key_out->color, key_out->similarity, MatrixOf(frames.color.matrix),
                              frames.color.range);
  }
  if (!background.empty()) {
    matte.backdrop = ReadBackdrop(background);
  } else if (!takes_alpha) {
    return nullptr;
  }
  return std::make_shared<const Matte>(std::move(matte));
}

uint64_t MatteBytes(int width, int height, int frames_held) {
  const uint64_t plane = static_cast<uint64_t>(width) * static_cast<uint64_t>(height);
  return static_cast<uint64_t>(frames_held + 2) * (PaddedBytes(width, height) + plane) + 2 * plane;
}

std::unique_ptr<Sink> OpenMatteSink(std::unique_ptr<Sink> sink, const Matte& matte,
                                    const SinkJob& job, const StreamFormat& frames,
                                    const Rect& part, const Rect& whole) {
  return std::make_unique<MatteSink>(std::move(sink), matte, job, frames, part, whole);
}

}  // namespace mouthpiece
