#include "media/video_writer.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/timing.h"
#include "media/audio_decoder.h"
#include "media/audio_track.h"
#include "media/codec_choice.h"
#include "media/encoder_settings.h"
#include "media/muxer.h"
#include "media/segmented_encoder.h"
#include "media/sound_frames.h"

namespace mouthpiece {
namespace {

media::PacketPtr NewPacket() {
  media::PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

media::EncoderSettings SettingsOf(const VideoWriterOptions& options,
                                  const AVOutputFormat& container) {
  media::EncoderSettings settings;
  settings.name = options.name.string();
  settings.codec = &media::VideoEncoderFor(options.name, container, options.encode.codec);
  settings.container = &container;
  settings.width = options.width;
  settings.height = options.height;
  settings.frame_rate = options.frame_rate;
  settings.color = options.color;
  settings.has_alpha = options.has_alpha;
  settings.sample_aspect = options.sample_aspect;
  settings.field_order = options.field_order;
  settings.encode = options.encode;
  settings.threads = options.threads;
  settings.most_lent = VideoWriter::kMostLent;
  settings.palette = options.palette;
  settings.segment_frames = VideoWriter::kSegmentFrames;
  if (VideoSuffixOf(options.name).empty()) {
    settings.segment_frames = std::numeric_limits<int>::max();
  }
  return settings;
}

}  // namespace

void CheckVideoEncoder(const VideoWriterOptions& options) {
  const media::SegmentedEncoder encoder(SettingsOf(options, media::ContainerFor(options.name)));
}

struct VideoWriter::State {
  explicit State(const VideoWriterOptions& options)
      : container(media::ContainerFor(options.name)),
        video(SettingsOf(options, container)),
        video_packet(NewPacket()),
        audio_packet(NewPacket()) {
    if (options.sound) {
      OpenAudio(media::FramesOf(options.sound), options);
    } else if (!options.audio.empty()) {
      OpenAudio(std::make_unique<media::AudioDecoder>(options.audio), options);
    }
    muxer.emplace(container, options.path, options.name.string(), options.cancel);
    video_stream = muxer->AddStream(video.context());
    if (audio) audio_stream = muxer->AddStream(audio->encoder());
    muxer->SetMetadata(options.metadata);
    const int64_t samples = options.frame_count + (audio ? audio->packets() : 0);
    muxer->Start(options.frame_count > 0 ? samples : 0);
  }

  void OpenAudio(std::unique_ptr<media::SoundFrames> frames, const VideoWriterOptions& options) {
    const double duration = options.audio_duration_s > 0
                                ? options.audio_duration_s
                                : static_cast<double>(options.frame_count) *
                                      options.frame_rate.den / options.frame_rate.num;
    audio.emplace(std::move(frames), options.audio_start_s, duration, container);
    // A part that lies behind the end of the sound gives a video without a track of it.
    if (!NextAudioPacket()) audio.reset();
  }

  bool NextAudioPacket() {
    StageTimer::Scope timed(encoding);
    has_audio_packet = audio->Next(*audio_packet);
    return has_audio_packet;
  }

  /// Muxes the audio that is decoded before `packet`; null: all that is left.
  void WriteAudioBefore(const AVPacket* packet) {
    while (has_audio_packet) {
      const AVRational audio_base = audio->encoder().time_base;
      if (packet != nullptr && av_compare_ts(audio_packet->dts, audio_base, packet->dts,
                                             video.context().time_base) >= 0) {
        return;
      }
      {
        StageTimer::Scope timed(writing);
        muxer->Write(*audio_packet, audio_stream, audio_base);
      }
      NextAudioPacket();
    }
  }

  void WriteReadyPackets() {
    while (true) {
      {
        StageTimer::Scope timed(encoding);
        if (!video.Receive(*video_packet)) return;
      }
      WriteAudioBefore(video_packet.get());
      StageTimer::Scope timed(writing);
      muxer->Write(*video_packet, video_stream, video.context().time_base);
    }
  }

  const AVOutputFormat& container;
  media::SegmentedEncoder video;
  std::optional<media::AudioTrack> audio;
  std::optional<media::Muxer> muxer;
  int video_stream = 0;
  int audio_stream = 0;
  media::PacketPtr video_packet;
  media::PacketPtr audio_packet;  ///< The next one to mux, one ahead of the video
  bool has_audio_packet = false;
  StageTimer encoding;
  StageTimer writing;
};

VideoWriter::VideoWriter(const VideoWriterOptions& options)
    : state_(std::make_unique<State>(options)) {}

VideoWriter::~VideoWriter() = default;

void VideoWriter::Write(Frame frame) {
  {
    StageTimer::Scope timed(state_->encoding);
    state_->video.Send(std::move(frame));
  }
  state_->WriteReadyPackets();
}

void VideoWriter::Finish() {
  {
    StageTimer::Scope timed(state_->encoding);
    state_->video.SendEnd();
  }
  state_->WriteReadyPackets();
  state_->WriteAudioBefore(nullptr);
  StageTimer::Scope timed(state_->writing);
  state_->muxer->Finish();
}

double VideoWriter::encode_seconds() const { return state_->encoding.wall_seconds(); }
double VideoWriter::write_seconds() const { return state_->writing.wall_seconds(); }

}  // namespace mouthpiece
