// Decoding an avatar once in its life instead of in every process.
#ifndef MOUTHPIECE_PREPARE_H_
#define MOUTHPIECE_PREPARE_H_

#include <cstdint>
#include <filesystem>
#include <memory>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"

namespace mouthpiece {

/// A file with all frames of an avatar as a render takes them. Renders on this machine find it by
/// themselves, map it, and share its pages.
struct Prepared {
  std::filesystem::path file;  ///< Where it is, or would be
  uint64_t bytes = 0;          ///< Of it
  bool is_there = false;       ///< And fits the avatar
};

struct PrepareOptions {
  int threads = 0;      ///< For decoding; 0: all cores
  bool remake = false;  ///< Also when it is there
};

/// Whether an avatar is prepared.
MOUTHPIECE_EXPORT Prepared FindPrepared(const Avatar& avatar);

/// Decodes the avatar's frames into a file in its folder, or, where that cannot be written to, in
/// the user's cache folder (XDG_CACHE_HOME, else ~/.cache). Nothing is done when it is there. Files
/// that were made of it before it changed are removed. The file appears when it is complete, also
/// where two processes make it at once. Throws Error: kBadPackage when a frame cannot be decoded,
/// kIo, kCancelled; then nothing is left behind.
MOUTHPIECE_EXPORT Prepared Prepare(const Avatar& avatar, const PrepareOptions& options = {},
                                   const Hooks& hooks = {});

/// Removes what Prepare made of the avatar. Returns whether there was something. Throws Error
/// (kIo).
MOUTHPIECE_EXPORT bool RemovePrepared(const Avatar& avatar);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_PREPARE_H_
