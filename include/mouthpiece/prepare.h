// Decoding an avatar and packing its network once instead of in every process.
#ifndef MOUTHPIECE_PREPARE_H_
#define MOUTHPIECE_PREPARE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// A file with all frames of an avatar as a render takes them, and one with the weights of its
/// network as the CPU's kernels read them. Renders on this machine find them by themselves, map
/// them, and share their pages.
struct Prepared {
  std::filesystem::path file;  ///< Of frames: where it is, or would be
  uint64_t bytes = 0;          ///< Of it
  bool is_there = false;       ///< And fits the avatar
  /// Of weights, which lies in the user's cache folder; empty: it is not there.
  std::filesystem::path weights;
  uint64_t weights_bytes = 0;
  /// Of what JPEG files take over from frames, a file a quality; of all that are there.
  std::vector<std::filesystem::path> backgrounds;
  /// Why Prepare packed no weights: the network has operators that only OpenVINO runs, or the user
  /// has no cache folder. Empty: it did.
  std::string without_weights;
};

struct PrepareOptions {
  int threads = 0;      ///< For decoding; 0: all cores
  bool remake = false;  ///< Also what is there
  /// That of the weights: those of each are a file of their own. kAuto: what renders of kAuto take.
  Precision precision = Precision::kAuto;
  /// Of JPEG files, 1 to 100: frames are encoded once, too, and renders to numbered files of that
  /// quality splice mouths into them. 0: for none.
  int jpeg_quality = 0;
};

/// Whether an avatar is prepared; its weights, for that precision.
MOUTHPIECE_EXPORT Prepared FindPrepared(const Avatar& avatar,
                                        Precision precision = Precision::kAuto);

/// Packs the weights of the avatar's network into a file of the user's cache folder
/// (XDG_CACHE_HOME, else ~/.cache), and decodes its frames into one in its own folder, or, where
/// that cannot be written to, in the user's, too; and so it encodes them. Nothing is done that is
/// there. Files of frames that were made of the avatar before it changed are removed. A file
/// appears when it is complete, also where two processes make it at once. Throws Error: kBadPackage
/// when a frame cannot be decoded or the network is damaged, kInvalidArgument for other qualities,
/// kUnsupported when the CPU cannot run it in a precision other than kAuto, kIo, kCancelled; then
/// no part of a file is left behind.
MOUTHPIECE_EXPORT Prepared Prepare(const Avatar& avatar, const PrepareOptions& options = {},
                                   const Hooks& hooks = {});

/// Removes what Prepare made of the avatar. Returns whether there was something. Throws Error
/// (kIo).
MOUTHPIECE_EXPORT bool RemovePrepared(const Avatar& avatar);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_PREPARE_H_
