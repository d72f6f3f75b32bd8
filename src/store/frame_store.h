// Source frames in the order the output needs them, from RAM, chunks, a stream or the disk.
#ifndef MOUTHPIECE_STORE_FRAME_STORE_H_
#define MOUTHPIECE_STORE_FRAME_STORE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "image/background_keeper.h"
#include "image/source_frame.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"
#include "store/frame_sequence.h"

namespace mouthpiece {

class PreparedBackgrounds;
class PreparedFrames;

/// One session's walk through a store. Not thread-safe, but the frames it lent may be released
/// from any thread. Outlives them.
class FrameReader {
 public:
  virtual ~FrameReader() = default;

  /// The next frame of the sequence; its planes are this caller's alone until released. Whatever
  /// an earlier lease wrote lies inside the frame's rectangle (chroma: blocks touching it), so a
  /// caller that overwrites the whole rectangle, but for the package's kept pixels, which nobody
  /// writes, sees no trace of it. Throws Error (kBadPackage,
  /// naming file and frame) when a frame cannot be decoded, kCancelled when told to stop.
  virtual SourceFrame Next() = 0;
};

struct FrameReaderOptions {
  FrameSequence sequence;
  int frames_in_flight = 16;  ///< Most frames the caller holds at once
  int threads = 0;            ///< For decoding; 0: all cores
  CancelToken cancel;
};

/// Where the frames of one avatar come from. Shared by sessions; Open() is thread-safe.
class FrameStore {
 public:
  virtual ~FrameStore() = default;

  virtual std::unique_ptr<FrameReader> Open(const FrameReaderOptions& options) = 0;

  /// Whether it has all frames of the sequence in memory, for any number of walks.
  virtual bool Holds(const FrameSequence& /*sequence*/) const { return false; }

  virtual CacheMode mode() const = 0;
  /// Most bytes of pictures held at once so far, and bytes of one frame with its face.
  virtual uint64_t peak_bytes() const = 0;
  virtual double bytes_per_frame() const = 0;
  /// The file that frames are read from instead of being decoded; empty: none.
  virtual std::filesystem::path prepared_file() const { return {}; }
  /// Wall time spent decoding so far, summed over threads.
  virtual double decode_seconds() const = 0;
  /// Wall time until everything was in memory, or until now; 0 in modes that never come to that.
  virtual double preload_seconds() const { return 0; }
};

struct StoreOptions {
  CacheMode mode = CacheMode::kRam;  ///< Not kAuto: see ChooseCacheMode
  int chunk_frames = 500;
  uint64_t memory_budget = uint64_t{2} << 30;
  int threads = 0;
  /// What is read instead of decoding, but for kDisk, by one store; null: there is nothing.
  std::shared_ptr<PreparedFrames> prepared = nullptr;
  /// For kRam: gets every frame once, which then comes in part (Frame::part). Null: frames come
  /// whole.
  std::shared_ptr<BackgroundKeeper> keeper;
  /// What it gets in place of whole frames; null: there is nothing.
  std::shared_ptr<const PreparedBackgrounds> backgrounds = nullptr;
  /// Called by FrameStore::Open() when a mode has to do without something: one line.
  std::function<void(const std::string&)> message;
};

/// What a machine has for the frames of an avatar, which are prepared where they are.
StoreOptions StoreOptionsFor(const Avatar& avatar, const Machine& machine);

/// Opens a store; `ram` begins to decode the frames of `needed`, in the order of their first use,
/// and its readers wait for what is not there yet. Throws Error.
std::unique_ptr<FrameStore> OpenFrameStore(std::shared_ptr<const Avatar> avatar,
                                           const StoreOptions& options,
                                           const FrameSequence& needed);

/// What a mode would hold in memory for this avatar, computed without decoding.
struct StoreCost {
  uint64_t bytes = 0;  ///< Pictures held at once, decoders' own memory included
  double bytes_per_frame = 0;
};
StoreCost EstimateStoreCost(const Avatar& avatar, CacheMode mode, const StoreOptions& options,
                            int64_t frames_needed);

/// `auto`: ram if it fits the budget, else chunk (chunk_frames lowered where that makes it fit),
/// else stream.
struct CacheChoice {
  CacheMode mode = CacheMode::kRam;
  int chunk_frames = 0;
  std::string reason;  ///< One line: which, why, with the figures
};
CacheChoice ChooseCacheMode(const Avatar& avatar, const StoreOptions& options,
                            int64_t frames_needed);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_FRAME_STORE_H_
