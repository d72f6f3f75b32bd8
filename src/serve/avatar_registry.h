// The avatars that are served: loaded when they are asked for, let go when room is needed.
#ifndef MOUTHPIECE_SERVE_AVATAR_REGISTRY_H_
#define MOUTHPIECE_SERVE_AVATAR_REGISTRY_H_

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "media/h264_headers.h"
#include "media/live_encoder.h"
#include "mouthpiece/live.h"
#include "mouthpiece/types.h"
#include "serve/encoding_cost.h"
#include "serve/idle_video.h"

namespace mouthpiece::serve {

/// An avatar that can be seen. Immutable; shared by its sessions.
struct ServedAvatar {
  std::string name;
  std::shared_ptr<live::Stage> stage;
  media::LiveEncoderSettings video;  ///< Of the idle video
  media::H264Headers headers;
  std::unique_ptr<IdleVideo> idle;
  std::unique_ptr<EncodingCost> encoding = std::make_unique<EncodingCost>();

  uint64_t bytes() const { return stage->bytes() + idle->bytes(); }
  /// Milliseconds of a core that a frame of speech takes until it is on its way.
  double frame_ms() const { return stage->frame_ms() + encoding->ms(); }
};

/// What there is to say of one.
struct AvatarNews {
  std::string name;
  int width = 0;
  int height = 0;
  int frames = 0;
  bool loaded = false;
  uint64_t bytes = 0;  ///< 0 when it is not loaded; so are those that follow
  double frame_ms = 0;
};

/// Thread-safe.
class AvatarRegistry {
 public:
  /// `machine`: of each, but for `memory_budget`, which is the bytes of all that are loaded. Throws
  /// Error (kInvalidArgument) when there is no device of that name.
  AvatarRegistry(std::shared_ptr<live::Scheduler> scheduler, Machine machine);

  /// Opens the package, whose name is its folder's; a second of the same name is called name-2.
  /// Throws Error as Avatar::Open, and kUnsupported for one that cannot speak live.
  void Add(const std::filesystem::path& package);

  bool Has(const std::string& name) const;
  std::vector<AvatarNews> News() const;
  uint64_t bytes() const;
  int loaded() const;

  /// Loads it unless it is there; waits for another that loads it. Lets those go that nobody uses,
  /// the one that was used longest ago first, as far as room is needed. Throws Error:
  /// kInvalidArgument when there is no room, or as Stage does.
  std::shared_ptr<const ServedAvatar> Load(const std::string& name);

 private:
  struct Entry {
    std::shared_ptr<const Avatar> avatar;
    std::shared_ptr<const ServedAvatar> served;
    bool loading = false;
    uint64_t last_use = 0;
  };

  std::shared_ptr<const ServedAvatar> Make(const std::string& name,
                                           const std::shared_ptr<const Avatar>& avatar);
  /// Takes the headers of an avatar's video, and what a frame of it takes.
  static void TryVideo(ServedAvatar& served);
  /// Bytes that are free, after letting one go if `more`; 0 when there is nothing to let go.
  uint64_t FreeBytes(bool more);
  uint64_t HeldBytes() const;  ///< With the mutex

  const std::shared_ptr<live::Scheduler> scheduler_;
  const Machine machine_;
  mutable std::mutex mutex_;
  std::mutex loading_mutex_;  ///< One is loaded at a time: what is free is known
  std::condition_variable loaded_;
  std::map<std::string, Entry> entries_;  ///< This and what follows: by mutex_
  uint64_t uses_ = 0;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_AVATAR_REGISTRY_H_
