#include "serve/avatar_registry.h"

#include <algorithm>
#include <utility>

#include "avatar/package.h"
#include "base/timing.h"
#include "device/open_device.h"
#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

media::LiveEncoderSettings VideoOf(const Avatar& avatar) {
  return {.width = avatar.width(), .height = avatar.height(), .color = PackageOf(avatar).color};
}

std::string NameOf(const std::filesystem::path& package) {
  const std::filesystem::path whole = std::filesystem::weakly_canonical(package);
  std::string name;
  for (const char c : whole.filename().string()) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    name += is_plain ? c : '_';
  }
  return name.empty() ? "avatar" : name;
}

}  // namespace

AvatarRegistry::AvatarRegistry(std::shared_ptr<live::Scheduler> scheduler, Machine machine)
    : scheduler_(std::move(scheduler)), machine_(std::move(machine)) {
  CheckDeviceName(machine_.device);
}

void AvatarRegistry::Add(const std::filesystem::path& package) {
  std::shared_ptr<const Avatar> avatar = Avatar::Open(package);
  if (avatar->width() % 2 != 0 || avatar->height() % 2 != 0) {
    throw Error(ErrorCode::kUnsupported,
                package.string() + ": expected pictures of an even size, found " +
                    std::to_string(avatar->width()) + "x" + std::to_string(avatar->height()));
  }
  if (PackageOf(*avatar).audio_encoder.empty()) {
    throw Error(ErrorCode::kUnsupported,
                package.string() + ": expected an audio encoder, found none: it cannot speak live");
  }
  const std::lock_guard lock(mutex_);
  std::string name = NameOf(package);
  for (int i = 2; entries_.contains(name); ++i) name = NameOf(package) + "-" + std::to_string(i);
  entries_[name].avatar = std::move(avatar);
}

bool AvatarRegistry::Has(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(name);
}

std::vector<AvatarNews> AvatarRegistry::News() const {
  const std::lock_guard lock(mutex_);
  std::vector<AvatarNews> news;
  for (const auto& [name, entry] : entries_) {
    const Avatar& avatar = *entry.avatar;
    news.push_back({name, avatar.width(), avatar.height(), avatar.frame_count()});
    if (entry.served == nullptr) continue;
    news.back().loaded = true;
    news.back().bytes = entry.served->bytes();
    news.back().frame_ms = entry.served->frame_ms();
  }
  return news;
}

uint64_t AvatarRegistry::HeldBytes() const {
  uint64_t bytes = 0;
  for (const auto& [name, entry] : entries_) {
    if (entry.served != nullptr) bytes += entry.served->bytes();
  }
  return bytes;
}

uint64_t AvatarRegistry::bytes() const {
  const std::lock_guard lock(mutex_);
  return HeldBytes();
}

int AvatarRegistry::loaded() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count_if(
      entries_, [](const auto& entry) { return entry.second.served != nullptr; }));
}

std::shared_ptr<const ServedAvatar> AvatarRegistry::Load(const std::string& name) {
  std::shared_ptr<const Avatar> avatar;
  {
    std::unique_lock lock(mutex_);
    Entry& entry = entries_.at(name);
    loaded_.wait(lock, [&] { return !entry.loading; });
    if (entry.served != nullptr) {
      entry.last_use = ++uses_;
      return entry.served;
    }
    entry.loading = true;
    avatar = entry.avatar;
  }
  std::shared_ptr<const ServedAvatar> served;
  const auto done = [&] {
    {
      const std::lock_guard lock(mutex_);
      Entry& entry = entries_.at(name);
      entry.loading = false;
      entry.served = served;
      entry.last_use = ++uses_;
    }
    loaded_.notify_all();
  };
  try {
    const std::lock_guard one_at_a_time(loading_mutex_);
    served = Make(name, avatar);
    done();
  } catch (...) {
    done();
    throw;
  }
  return served;
}

uint64_t AvatarRegistry::FreeBytes(bool more) {
  std::shared_ptr<const ServedAvatar> dropped;  // after the lock
  const std::lock_guard lock(mutex_);
  const auto room = [&] {
    const uint64_t held = HeldBytes();
    return held < machine_.memory_budget ? machine_.memory_budget - held : uint64_t{0};
  };
  if (!more) return room();
  Entry* oldest = nullptr;
  for (auto& [name, entry] : entries_) {
    const bool is_used = entry.served == nullptr || entry.served.use_count() > 1;
    if (!is_used && (oldest == nullptr || entry.last_use < oldest->last_use)) oldest = &entry;
  }
  if (oldest == nullptr) return 0;
  dropped = std::move(oldest->served);
  return room();
}

void AvatarRegistry::TryVideo(ServedAvatar& served) {
  constexpr int kFramesToMeasure = 3;  // of which the stage has mouths
  media::LiveEncoderSettings speaking = served.video;
  speaking.quick = true;
  media::LiveEncoder encoder(speaking);
  for (int64_t i = 0; i < kFramesToMeasure; ++i) {
    const int frame = served.stage->AvatarFrame(live::kFirstFrame + i);
    const VideoFrame picture = served.stage->IdlePicture(frame);
    const std::chrono::nanoseconds spent = ThreadCpuTime();
    const media::AccessUnit unit =
        encoder.Encode(ViewOf(picture, served.video.color.range), i == 0);
    served.encoding->Add(ThreadCpuTime() - spent);
    if (i == 0) served.headers = media::LiveHeadersOf(unit);
  }
}

std::shared_ptr<const ServedAvatar> AvatarRegistry::Make(
    const std::string& name, const std::shared_ptr<const Avatar>& avatar) {
  auto served = std::make_shared<ServedAvatar>();
  served->name = name;
  for (uint64_t room = FreeBytes(false); served->stage == nullptr;) {
    try {
      live::StageOptions options;
      options.machine = machine_;
      options.machine.memory_budget = std::max<uint64_t>(room, 1);
      served->stage = std::make_shared<live::Stage>(avatar, scheduler_, options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      room = FreeBytes(true);
      if (room == 0) throw;
    }
  }
  served->video = VideoOf(*avatar);
  TryVideo(*served);
  served->idle = std::make_unique<IdleVideo>(served->stage, served->video);
  return served;
}

}  // namespace mouthpiece::serve
