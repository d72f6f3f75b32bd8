#include "media/audio_decoder.h"

#include <algorithm>
#include <new>
#include <optional>
#include <vector>

#include "media/joined_parts.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {

AudioDecoder::AudioDecoder(const std::filesystem::path& path, int track, CancelToken cancel)
    : path_(path), cancel_(cancel), packet_(av_packet_alloc()), frame_(av_frame_alloc()) {
  if (packet_ == nullptr || frame_ == nullptr) throw std::bad_alloc();
  info_.name = NameOfInput(path);
  input_ = OpenFirst();
  Open(track);
  // The first samples show whether the decoder can make anything of the file, and what.
  if (!Decode()) Fail("holds no audio that can be decoded");
  info_.sample_rate = decoder_->sample_rate;
  info_.channels = decoder_->ch_layout.nb_channels;
  info_.time_base = input_->streams[stream_]->time_base;
  if (input_->duration > 0) {
    info_.expected_seconds = static_cast<double>(input_->duration) / AV_TIME_BASE;
  }
  if (input_->start_time != AV_NOPTS_VALUE) {
    info_.start_s = static_cast<double>(input_->start_time) / static_cast<double>(AV_TIME_BASE);
  }
}

InputPtr AudioDecoder::OpenFirst() {
  if (path_ == kStandardInput) return OpenStandardInput(&cancel_);
  // Of some kinds FFmpeg would read a little of what follows.
  if (const std::optional<JoinedPart> next = JoinedPartAfter(path_, 0)) {
    return OpenPartOfFile(path_, 0, next->start, &cancel_);
  }
  return OpenInput(path_, &cancel_);
}

int AudioDecoder::FindStream(int track, const AVCodec** codec) {
  std::vector<int> tracks;
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (input_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      tracks.push_back(static_cast<int>(i));
    }
  }
  const auto count = static_cast<int>(tracks.size());
  if (track > count && count > 0) {
    throw Error(ErrorCode::kInvalidArgument, info_.name + ": expected an audio track from 1 to " +
                                                 std::to_string(count) + ", found " +
                                                 std::to_string(track));
  }
  const int wanted = track > 0 && count > 0 ? tracks[static_cast<size_t>(track - 1)] : -1;
  const int found = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, wanted, -1, codec, 0);
  if (found < 0) Fail("holds no audio stream that can be decoded");
  if (track == 0 && count > 1) {
    const auto at = std::ranges::find(tracks, found) - tracks.begin() + 1;
    info_.warnings.push_back(info_.name + ": holds " + std::to_string(count) +
                             " audio tracks, of which number " + std::to_string(at) +
                             " is heard; --audio-track N takes another");
  }
  return found;
}

void AudioDecoder::Open(int track) {
  const AVCodec* codec = nullptr;
  stream_ = FindStream(track, &codec);
  AVStream& stream = *input_->streams[stream_];
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (static_cast<int>(i) != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) throw std::bad_alloc();
  decoder_->log_level_offset = AV_LOG_TRACE;
  decoder_->thread_count = 1;
  decoder_->pkt_timebase = stream.time_base;
  int status = avcodec_parameters_to_context(decoder_.get(), stream.codecpar);
  if (status >= 0) status = OpenCodec(*decoder_, *codec);
  if (status < 0) Fail("its audio cannot be decoded: " + ErrorText(status));
}

void AudioDecoder::Fail(const std::string& what) const {
  cancel_.ThrowIfCancelled();
  throw Error(ErrorCode::kBadMedia, info_.name + ": " + what);
}

bool AudioDecoder::Next(AVFrame& frame) {
  if (frame_->nb_samples == 0 && !Decode()) return false;
  av_frame_move_ref(&frame, frame_.get());
  return true;
}

bool AudioDecoder::Decode() {
  constexpr int kMostInVain = 64;
  int in_vain = 0;  // calls of a decoder that is to give its last frames, fails and does not end
  while (true) {
    const int received = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (received >= 0 && frame_->nb_samples > 0 && frame_->sample_rate > 0) {
      if (part_start_ > 0) frame_->pts = AV_NOPTS_VALUE;  // they would begin anew
      return true;
    }
    if (received == AVERROR_EOF || (draining_ && ++in_vain > kMostInVain)) {
      av_frame_unref(frame_.get());
      if (OpenNextPart()) {
        in_vain = 0;
        continue;
      }
      CheckRestOfPipe();
      return false;
    }
    if (draining_) continue;
    const int read = av_read_frame(input_.get(), packet_.get());
    if (read < 0) {
      cancel_.ThrowIfCancelled();
      draining_ = true;
      avcodec_send_packet(decoder_.get(), nullptr);
      continue;
    }
    // What the decoder refuses is left out; the times of what follows show how much it was.
    if (packet_->stream_index == stream_) {
      if (packet_->pos >= 0) heard_bytes_ = packet_->pos + packet_->size;
      avcodec_send_packet(decoder_.get(), packet_.get());
    }
    av_packet_unref(packet_.get());
  }
}

void AudioDecoder::CheckRestOfPipe() {
  constexpr int64_t kTags = 4096;
  if (std::string(input_->iformat->name) != "wav" || input_->pb->seekable != 0) return;
  const int64_t rest = avio_tell(input_->pb) - heard_bytes_;
  if (rest <= kTags) return;
  info_.warnings.push_back(info_.name + ": " + std::to_string(rest) +
                           " bytes follow its sound and are not heard; joined WAV files are from " +
                           "a file, not from a pipe");
}

bool AudioDecoder::OpenNextPart() {
  const std::optional<JoinedPart> part = JoinedPartAfter(path_, part_start_);
  if (!part) return false;
  try {
    input_ = OpenPartOfFile(path_, part->start, part->end, &cancel_);
    part_start_ = part->start;
    Open(0);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    return false;  // what follows is no sound
  }
  draining_ = false;
  return true;
}

}  // namespace mouthpiece::media
