// Audio feature tables (.npy, .bin) and the windows the network takes from them.
#ifndef MOUTHPIECE_AVATAR_FEATURES_H_
#define MOUTHPIECE_AVATAR_FEATURES_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "mouthpiece/audio.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// Reads [T, ...] float32 (or float64/float16, converted) in C order from a .npy file of version
/// 1 to 3, or headerless little-endian float32 rows of 512 from a .bin file (shape from
/// FILE.json {num_frames, feature_size, shape} when that exists). The header's size is checked
/// against the file's before anything is allocated. A batch of one, [1, T, 512] or [1, T, a, b], is
/// what it holds. `shape`, if not null, gets the shape as the file has it. Throws Error (kBadMedia)
/// naming the file.
FeatureTable LoadFeatures(const std::filesystem::path& path, std::vector<int64_t>* shape = nullptr);

/// Copies rows [frame - half, frame + half) of `table`, one after the other, to `window`, whose
/// size is 2 * half * row_size. Rows outside are zeros or the nearest row.
void CopyAudioWindow(const FeatureTable& table, int64_t frame, AudioWindowMode mode,
                     std::span<float> window);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_FEATURES_H_
