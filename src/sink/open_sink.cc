#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <utility>

#include "media/video_writer.h"
#include "mouthpiece/error.h"
#include "sink/image_pattern.h"
#include "sink/image_sink.h"
#include "sink/sink.h"
#include "sink/stream_sinks.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Refuse(const std::string& output, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, output + ": " + why);
}

std::string LowerSuffix(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return suffix;
}

bool IsImageName(const std::string& output) {
  const std::string suffix = LowerSuffix(output);
  return suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png";
}

SinkKind KindOf(const std::string& output) {
  if (output.empty()) throw Error(ErrorCode::kInvalidArgument, "the output has no name");
  if (output == "-") return SinkKind::kRaw;
  if (output == "null:") return SinkKind::kNull;
  if (output.starts_with("hash:")) return SinkKind::kHash;
  const fs::path path(output);
  std::error_code ignored;
  if (!path.has_filename() || fs::is_directory(path, ignored)) return SinkKind::kImages;
  if (HasVideoSuffix(path)) return SinkKind::kVideo;
  if (LowerSuffix(path) == ".y4m") return SinkKind::kRaw;
  if (IsImageName(output) || output.find('%') != std::string::npos || !path.has_extension()) {
    ParseImagePattern(output);
    return SinkKind::kImages;
  }
  Refuse(output,
         "nothing writes this suffix; possible are .mp4 .mkv .mov .avi (video), .y4m, a folder "
         "(end a new one's name with / if it has a dot), %05d.jpg or %05d.png, - (y4m on standard "
         "output), null: and hash:[FILE]");
}

void CheckFormat(const StreamFormat& format) {
  if (format.width <= 0 || format.height <= 0 || format.frame_rate.num <= 0 ||
      format.frame_rate.den <= 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "frames of " + std::to_string(format.width) + "x" + std::to_string(format.height) +
                    " at " + std::to_string(format.frame_rate.num) + "/" +
                    std::to_string(format.frame_rate.den) + " a second cannot be written");
  }
}

/// Holds every frame to the format that the sink was opened for, whatever the sink.
class CheckedSink : public Sink {
 public:
  CheckedSink(std::unique_ptr<Sink> sink, const StreamFormat& format)
      : sink_(std::move(sink)), format_(format) {}

  void Write(Frame frame) override {
    const PictureView picture = frame.picture();
    const bool is_part = frame.part != Rect{};
    if (picture.format != PixelFormat::kYuv420 ||
        picture.width() != (is_part ? frame.part.width() : format_.width) ||
        picture.height() != (is_part ? frame.part.height() : format_.height) ||
        picture.range != format_.color.range) {
      throw Error(ErrorCode::kInternal,
                  "output frame " + std::to_string(frame.output_index) + " is " +
                      std::to_string(picture.width()) + "x" + std::to_string(picture.height()) +
                      " or of another kind than the stream of " + std::to_string(format_.width) +
                      "x" + std::to_string(format_.height));
    }
    sink_->Write(std::move(frame));
  }
  void Finish() override { sink_->Finish(); }
  SinkTimes times() const override { return sink_->times(); }
  int frames_held() const override { return sink_->frames_held(); }

 private:
  std::unique_ptr<Sink> sink_;
  const StreamFormat format_;
};

std::unique_ptr<Sink> Open(const SinkOptions& options, const StreamFormat& format) {
  const SinkKind kind = ClassifyOutput(options.output, options.encode);
  if (!options.audio.empty() && kind != SinkKind::kVideo) {
    Refuse(options.output, "takes no audio; a video file does");
  }
  switch (kind) {
    case SinkKind::kVideo:
      return OpenVideoSink(options, format);
    case SinkKind::kImages:
      return std::make_unique<ImageSink>(options, format);
    case SinkKind::kRaw:
      return OpenY4mSink(options, format);
    case SinkKind::kNull:
      return OpenNullSink();
    case SinkKind::kHash:
      return OpenHashSink(options);
  }
  throw Error(ErrorCode::kInternal, "no such sink");
}

}  // namespace

bool IsJpegOutput(const std::string& output, const EncodeOptions& encode) {
  return ClassifyOutput(output, encode) == SinkKind::kImages &&
         ParseImagePattern(output).format == ImageFormat::kJpeg;
}

SinkKind ClassifyOutput(const std::string& output, const EncodeOptions& encode) {
  const SinkKind kind = KindOf(output);
  const bool encoder_options =
      !encode.codec.empty() || encode.crf || !encode.preset.empty() || encode.bitrate != 0;
  if (kind != SinkKind::kVideo && encoder_options) {
    Refuse(output, "takes no codec, crf, preset or bitrate; a video file does");
  }
  return kind;
}

std::unique_ptr<Sink> OpenSink(const SinkOptions& options, const StreamFormat& format) {
  CheckFormat(format);
  return std::make_unique<CheckedSink>(Open(options, format), format);
}

}  // namespace mouthpiece
