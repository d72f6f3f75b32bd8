// Which features a network's audio input is for.
#ifndef MOUTHPIECE_AVATAR_FEATURE_CONTRACT_H_
#define MOUTHPIECE_AVATAR_FEATURE_CONTRACT_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mouthpiece {

/// Rows of features, and what messages say of them.
struct FeatureOrigin {
  FeatureOrigin(int64_t values) : row_size(values) {}  // NOLINT: a size is all that must be known

  int64_t row_size = 0;             ///< Values of a row; 0: there are no features
  std::filesystem::path file = {};  ///< Empty: they come from no file
  std::vector<int64_t> shape = {};  ///< As the file has it
};

/// Holds features to the audio input, without the batch, of the network in the file `model`. Of
/// inputs that are known by their shape the kind of features is known; in any other a whole even
/// number of rows must fit. Throws Error (kBadPackage) naming the file that is at fault.
void CheckFeatureContract(const std::array<int, 3>& audio_shape, const std::filesystem::path& model,
                          const FeatureOrigin& features);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_FEATURE_CONTRACT_H_
