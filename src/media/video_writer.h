// Encodes frames, and the audio that belongs to them, into a video file.
#ifndef MOUTHPIECE_MEDIA_VIDEO_WRITER_H_
#define MOUTHPIECE_MEDIA_VIDEO_WRITER_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "image/frame.h"
#include "image/palette.h"
#include "mouthpiece/options.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

namespace media {
class Sound;  // media/sound.h
}

struct VideoWriterOptions {
  std::filesystem::path name;  ///< Decides the container, and is what messages call the file
  std::filesystem::path path;  ///< The file that is written
  int width = 0;
  int height = 0;
  Rational frame_rate{25, 1};
  ColorTags color;
  Rational sample_aspect{1, 1};                   ///< Width over height of a pixel
  FieldOrder field_order = FieldOrder::kUnknown;  ///< Interlaced: kept by H.264, where it can be
  int64_t frame_count = 0;                        ///< Frames that will be written, at most
  EncodeOptions encode;
  int threads = 0;                            ///< 0: the encoder's own choice
  std::filesystem::path audio;                ///< A file to decode; empty: none
  std::shared_ptr<const media::Sound> sound;  ///< The same decoded, instead of `audio`; or null
  double audio_start_s = 0;                   ///< Part of the audio that accompanies the frames
  double audio_duration_s = 0;                ///< 0: as long as the frames
  Metadata metadata;                          ///< What the file says of itself (CheckMetadata)
  bool has_alpha = false;                     ///< Frames have it, and the encoder takes it
  Palette palette;                            ///< Of a GIF, at most 255 colours
  CancelToken cancel;                         ///< Ends a write that waits, as one to a pipe may
};

/// Throws Error, as VideoWriter does, for an encoder or options of it that cannot be had for such
/// frames; opens and closes it, and writes nothing.
void CheckVideoEncoder(const VideoWriterOptions& options);

/// ".mp4" of "a.MP4"; empty when VideoWriter knows no such container, or one of pictures that move.
std::string VideoSuffixOf(const std::filesystem::path& path);

/// Whether a file of that name and encoder can be transparent. Throws Error as VideoWriter does.
bool CarriesAlpha(const std::filesystem::path& name, const EncodeOptions& encode);

/// What decides over the encoded video beside its pictures, as one line: the encoder, its version
/// and options, and its threads where they matter. Machines that give the same line give the same
/// video. Throws Error (kInvalidArgument) where threads matter and `threads` leaves them open.
std::string DescribeEncoding(const std::filesystem::path& name, const EncodeOptions& encode,
                             int threads);

/// Writes one video file, or a picture that moves (.gif, .webp: one segment, no audio), in segments
/// of kSegmentFrames frames, each encoded as if it were alone:
/// what a segment holds does not depend on what came before it (media/segmented_encoder.h). The
/// constructor opens everything, so that whatever can be wrong with the options is found before the
/// first frame. Not thread-safe; the encoder runs on the thread that calls Write, next to threads
/// of its own.
///
/// An mp4 or mov file has its index in front, where players on a network want it: room for it is
/// reserved (some 50 bytes a frame), so that the file is written once and not moved afterwards.
class VideoWriter {
 public:
  /// Throws Error: kInvalidArgument for options that do not fit the encoder, kBadMedia for the
  /// audio file, kIo when the file cannot be created.
  explicit VideoWriter(const VideoWriterOptions& options);
  ~VideoWriter();

  /// Encodes the frame. Its planes are lent to the encoder, not copied, and the frame is released
  /// as soon as the encoder no longer reads them; at most kMostLent frames are held at a time.
  void Write(Frame frame);
  static constexpr int kMostLent = 4;
  /// As far apart as x264 sets keyframes anyway.
  static constexpr int kSegmentFrames = 250;

  /// Flushes the encoders and completes the file. Once.
  void Finish();

  double encode_seconds() const;  ///< Inside the encoders, audio included
  double write_seconds() const;   ///< Inside the muxer

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_MEDIA_VIDEO_WRITER_H_
