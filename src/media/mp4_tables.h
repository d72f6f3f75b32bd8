// Whether the tables of an MP4 file can be as long as they say. FFmpeg makes room for all of it
// before it reads any: gigabytes, for a file of a kilobyte.
#ifndef MOUTHPIECE_MEDIA_MP4_TABLES_H_
#define MOUTHPIECE_MEDIA_MP4_TABLES_H_

#include <filesystem>

namespace mouthpiece::media {

/// Does nothing for what is no MP4, or no regular file. Throws Error (kBadMedia) naming the file
/// and the table.
void CheckMp4Tables(const std::filesystem::path& path);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_MP4_TABLES_H_
