// Folders of files that are told apart by a number: pictures, landmarks.
#ifndef MOUTHPIECE_AVATAR_NUMBERED_FILES_H_
#define MOUTHPIECE_AVATAR_NUMBERED_FILES_H_

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mouthpiece {

struct NumberedFiles {
  std::filesystem::path folder;
  std::map<int, std::filesystem::path> by_number;  ///< Names without the folder

  int first() const { return by_number.begin()->first; }
  /// As a missing file would be called.
  std::string NameOf(int number) const;
};

/// Lists the files "1.jpg", "00000001.JPG" or "frame_0001.png" of `folder`: what ends in a number
/// and one of `suffixes` (lower case, with the point; a file's may be in capitals). Others are not
/// looked at. Where there are plain numbers they are taken, else all must have the same words
/// before the number. Numbers are written either as they are or all with the same width. Throws
/// Error (kBadMedia) naming the files when they are not, or when two have the same number.
NumberedFiles ListNumberedFiles(const std::filesystem::path& folder,
                                std::initializer_list<std::string_view> suffixes);

/// Throws Error (kBadMedia) naming the files that are missing unless the numbers run from 0 or
/// 1 without a gap. There is at least one. `what` is what to call several of them.
void RequireWithoutGaps(const NumberedFiles& files, const std::string& what);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_NUMBERED_FILES_H_
