// Which container and which video encoder an output name and the options ask for.
#ifndef MOUTHPIECE_MEDIA_CODEC_CHOICE_H_
#define MOUTHPIECE_MEDIA_CODEC_CHOICE_H_

#include <filesystem>
#include <string>

#include "media/ffmpeg.h"

namespace mouthpiece::media {

/// The container of `path`'s suffix: .mp4, .mkv, .mov or .avi. Throws Error (kInvalidArgument)
/// listing them.
const AVOutputFormat& ContainerFor(const std::filesystem::path& path);

/// The encoder called `name`, or the container's default: libx264, mjpeg for .avi. Throws Error
/// (kInvalidArgument) listing those that the container can hold.
const AVCodec& VideoEncoderFor(const std::filesystem::path& path, const AVOutputFormat& container,
                               const std::string& name);

/// What an encoder that is not of software alone needs: "an NVIDIA GPU and its driver". Empty for
/// all others.
std::string HardwareOf(const AVCodec& codec);

/// Whether pictures of that format can be transparent.
bool HasAlpha(AVPixelFormat format);

}  // namespace mouthpiece::media

#endif  // MOUTHPIECE_MEDIA_CODEC_CHOICE_H_
