// What a file's audio tracks say of themselves.
#ifndef MOUTHPIECE_MEDIA_AUDIO_TRACKS_H_
#define MOUTHPIECE_MEDIA_AUDIO_TRACKS_H_

#include <filesystem>
#include <string>
#include <vector>

namespace mouthpiece {

struct AudioTrackProperties {
  std::string codec;  ///< FFmpeg's name
  int sample_rate = 0;
  int channels = 0;
  std::string layout;    ///< FFmpeg's name: "mono", "5.1", "3 channels" ...
  std::string language;  ///< Empty: not given, as is the title
  std::string title;
  double start_s = 0;     ///< Later than the file's first track
  double duration_s = 0;  ///< 0: not given
  bool is_best = false;   ///< What FFmpeg takes where nobody chooses
};

/// Throws Error (kBadMedia) naming a file that is no media file; one without sound has no tracks.
std::vector<AudioTrackProperties> ReadAudioTracks(const std::filesystem::path& path);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_AUDIO_TRACKS_H_
