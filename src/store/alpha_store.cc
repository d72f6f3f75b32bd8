#include "store/alpha_store.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "avatar/package.h"
#include "media/image_reader.h"
#include "media/video_reader.h"
#include "store/run_lengths.h"

namespace mouthpiece {
namespace {

class AlphaStore : public AlphaSource {
 public:
  AlphaStore(std::shared_ptr<const Avatar> avatar, uint64_t budget, CancelToken cancel)
      : avatar_(std::move(avatar)),
        body_(PackageOf(*avatar_).full_body),
        budget_(budget),
        cancel_(cancel) {
    if (body_.video) video_.emplace(*body_.video, 1, cancel, VideoContent::kAlpha);
  }

  void Read(int source_index, Plane target) override {
    const auto kept = kept_.find(source_index);
    if (kept != kept_.end()) {
      ExpandRuns(kept->second, target);
      return;
    }
    cancel_.ThrowIfCancelled();
    Decode(source_index, target);
    std::vector<uint8_t> runs = RunsOf(target);
    if (bytes_ + runs.size() > budget_) return;
    bytes_ += runs.size();
    kept_.emplace(source_index, std::move(runs));
  }

 private:
  void Decode(int frame, const Plane& target) {
    if (!video_) {
      images_.ReadAlpha(body_.images[static_cast<size_t>(frame)], target);
      return;
    }
    const ConstPlane alpha = video_->ReadAlpha(frame);
    for (int y = 0; y < target.height; ++y) {
      std::memcpy(target.row(y), alpha.row(y), static_cast<size_t>(target.width));
    }
  }

  const std::shared_ptr<const Avatar> avatar_;
  const PictureSource& body_;
  const uint64_t budget_;
  const CancelToken cancel_;
  std::optional<VideoReader> video_;
  ImageReader images_;
  std::map<int, std::vector<uint8_t>> kept_;
  uint64_t bytes_ = 0;
};

}  // namespace

bool HasAlpha(const Package& package) {
  const PictureSource& body = package.full_body;
  if (body.video) return body.video->properties.has_alpha;
  return std::ranges::any_of(body.headers, &PictureHeader::has_alpha);
}

std::unique_ptr<AlphaSource> OpenAlphaStore(std::shared_ptr<const Avatar> avatar, uint64_t budget,
                                            CancelToken cancel) {
  return std::make_unique<AlphaStore>(std::move(avatar), budget, cancel);
}

}  // namespace mouthpiece
