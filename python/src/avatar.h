// mouthpiece.Avatar.
#ifndef MOUTHPIECE_PYTHON_AVATAR_H_
#define MOUTHPIECE_PYTHON_AVATAR_H_

#include <memory>
#include <utility>

#include "mouthpiece/avatar.h"
#include "mouthpiece/compositor.h"

namespace mouthpiece::python {

/// An avatar, and its pictures from when they are first asked for. Guarded by the GIL.
class AvatarObject {
 public:
  explicit AvatarObject(std::shared_ptr<const Avatar> avatar) : avatar_(std::move(avatar)) {}

  const std::shared_ptr<const Avatar>& avatar() const { return avatar_; }

  AvatarPictures& pictures() {
    if (!pictures_) {
      pictures_ = std::make_unique<AvatarPictures>(
          avatar_, Machine{.cache = CacheMode::kStream, .threads = 2});
    }
    return *pictures_;
  }

 private:
  std::shared_ptr<const Avatar> avatar_;
  std::unique_ptr<AvatarPictures> pictures_;
};

}  // namespace mouthpiece::python

#endif  // MOUTHPIECE_PYTHON_AVATAR_H_
