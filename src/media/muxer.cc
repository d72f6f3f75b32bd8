#include "media/muxer.h"

#include <cstring>
#include <utility>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

// Most bytes that a sample costs in the index of an mp4 or mov file: its time to decode (8) and
// to show (8), size (4), keyframe entry (4), chunk (8 + 12) and flags (1).
constexpr int64_t kIndexBytesASample = 45;
constexpr int64_t kIndexBytes = 16384;  ///< Everything else in the index

int IsCancelled(void* token) { return static_cast<const CancelToken*>(token)->cancelled() ? 1 : 0; }

}  // namespace

Muxer::Muxer(const AVOutputFormat& container, const std::filesystem::path& path, std::string name,
             CancelToken cancel)
    : name_(std::move(name)), cancel_(cancel) {
  AVFormatContext* raw = nullptr;
  const std::string url = "file:" + path.string();
  Check(avformat_alloc_output_context2(&raw, &container, nullptr, url.c_str()));
  output_.reset(raw);
  output_->interrupt_callback = {IsCancelled, &cancel_};
  Check(avio_open2(&output_->pb, url.c_str(), AVIO_FLAG_WRITE, &output_->interrupt_callback,
                   nullptr));
}

void Muxer::Check(int status) const {
  if (status >= 0) return;
  cancel_.ThrowIfCancelled();
  throw Error(ErrorCode::kIo, name_ + ": cannot be written: " + ErrorText(status));
}

int Muxer::AddStream(const AVCodecContext& encoder) {
  AVStream* stream = avformat_new_stream(output_.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  Check(avcodec_parameters_from_context(stream->codecpar, &encoder));
  stream->time_base = encoder.time_base;
  stream->sample_aspect_ratio = encoder.sample_aspect_ratio;
  if (encoder.codec_type == AVMEDIA_TYPE_VIDEO) stream->avg_frame_rate = encoder.framerate;
  return stream->index;
}

int Muxer::AddStream(const AVStream& copied, AVRational frame_rate) {
  AVStream* stream = avformat_new_stream(output_.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  AVCodecParameters& parameters = *stream->codecpar;
  Check(avcodec_parameters_copy(&parameters, copied.codecpar));
  if (av_codec_get_id(output_->oformat->codec_tag, parameters.codec_tag) != parameters.codec_id) {
    parameters.codec_tag = 0;  // a demuxer's own, which its muxer does not know
  }
  stream->time_base = copied.time_base;
  // The word on a second stream of alpha.
  if (const AVDictionaryEntry* alpha = av_dict_get(copied.metadata, "alpha_mode", nullptr, 0)) {
    av_dict_set(&stream->metadata, "alpha_mode", alpha->value, 0);
  }
  if (parameters.codec_type == AVMEDIA_TYPE_VIDEO) {
    // What is found out by looking at the stream, where an encoder says nothing.
    if (parameters.field_order == AV_FIELD_PROGRESSIVE) parameters.field_order = AV_FIELD_UNKNOWN;
    parameters.bit_rate = 0;
    stream->time_base = av_inv_q(frame_rate);
    stream->avg_frame_rate = frame_rate;
    const AVRational aspect = copied.sample_aspect_ratio;
    if (aspect.num > 0) parameters.sample_aspect_ratio = aspect;
    stream->sample_aspect_ratio = parameters.sample_aspect_ratio;
  }
  return stream->index;
}

void Muxer::SetMetadata(const Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    Check(av_dict_set(&output_->metadata, key.c_str(), value.c_str(), 0));
  }
}

void Muxer::Start(int64_t samples) {
  const int64_t index_bytes = samples > 0 ? kIndexBytes + samples * kIndexBytesASample : 0;
  AVDictionary* options = nullptr;
  const bool has_index = std::strcmp(output_->oformat->name, "mp4") == 0 ||
                         std::strcmp(output_->oformat->name, "mov") == 0;
  if (has_index && index_bytes > 0 && index_bytes < INT_MAX) {
    av_dict_set_int(&options, "moov_size", index_bytes, 0);
  }
  // Again and again, as a GIF's does.
  if (std::strcmp(output_->oformat->name, "webp") == 0) av_dict_set_int(&options, "loop", 0, 0);
  const int status = avformat_write_header(output_.get(), &options);
  av_dict_free(&options);
  Check(status);
}

void Muxer::Write(AVPacket& packet, int stream, AVRational time_base) {
  packet.stream_index = stream;
  av_packet_rescale_ts(&packet, time_base, output_->streams[stream]->time_base);
  const int status = av_write_frame(output_.get(), &packet);
  av_packet_unref(&packet);
  Check(status);
}

void Muxer::Finish() {
  Check(av_write_trailer(output_.get()));
  Check(avio_closep(&output_->pb));
}

}  // namespace mouthpiece::media
