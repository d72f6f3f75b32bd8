// A SyncTalk_2D training folder, found and checked.
#ifndef MOUTHPIECE_IMPORT_DATASET_H_
#define MOUTHPIECE_IMPORT_DATASET_H_

#include <filesystem>
#include <vector>

#include "mouthpiece/types.h"

namespace mouthpiece {

/// One entry a frame in each list.
struct Dataset {
  std::filesystem::path root;
  int width = 0;
  int height = 0;
  std::vector<std::filesystem::path> images;
  std::vector<Rect> rectangles;                ///< Square, inside the frame
  std::vector<std::filesystem::path> parsing;  ///< Empty if there is no such folder
  std::filesystem::path features;              ///< aud_ave.npy; empty if there is none

  int frame_count() const { return static_cast<int>(images.size()); }
};

/// Lists the folder and reads the landmarks and the sizes of all pictures; decodes nothing. Throws
/// Error (kBadMedia) about the first file that is missing or wrong, naming all others, too.
Dataset ReadDataset(const std::filesystem::path& root);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_DATASET_H_
