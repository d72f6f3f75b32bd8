#include "media/test_support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>

#include "media/ffmpeg.h"

namespace mouthpiece::testing {
namespace {

struct Stream {
  media::InputPtr input;
  media::CodecContextPtr decoder;
  int number = -1;

  Stream(const std::filesystem::path& path, AVMediaType type) : input(media::OpenInput(path)) {
    const AVCodec* codec = nullptr;
    number = av_find_best_stream(input.get(), type, -1, -1, &codec, 0);
    if (number < 0) throw std::runtime_error(path.string() + ": no such stream");
    decoder.reset(avcodec_alloc_context3(codec));
    avcodec_parameters_to_context(decoder.get(), input->streams[number]->codecpar);
    decoder->pkt_timebase = input->streams[number]->time_base;
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) {
      throw std::runtime_error(path.string() + ": decoder");
    }
  }

  double base() const { return av_q2d(input->streams[number]->time_base); }

  void ForEachFrame(const std::function<void(const AVFrame&)>& visit) {
    media::PacketPtr packet(av_packet_alloc());
    media::FramePtr frame(av_frame_alloc());
    for (bool more = true; more;) {
      more = av_read_frame(input.get(), packet.get()) >= 0;
      if (more && packet->stream_index != number) {
        av_packet_unref(packet.get());
        continue;
      }
      if (avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr) < 0) {
        throw std::runtime_error("a packet cannot be decoded");
      }
      av_packet_unref(packet.get());
      while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) visit(*frame);
    }
  }
};

}  // namespace

FrameLender::FrameLender(int width, int height, ColorRange range, int padding)
    : width_(width), height_(height), range_(range), padding_(padding) {}

Frame FrameLender::Lend(int64_t index) {
  std::lock_guard lock(mutex_);
  auto slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.out; });
  if (slot == slots_.end()) {
    Slot fresh;
    fresh.bytes.resize(static_cast<size_t>((width_ + padding_ + 2) * (height_ + 2) * 2));
    fresh.view.range = range_;
    uint8_t* data = fresh.bytes.data();
    for (int p = 0; p < 3; ++p) {
      const int w = p == 0 ? width_ : (width_ + 1) / 2;
      const int h = p == 0 ? height_ : (height_ + 1) / 2;
      fresh.view.planes[p] = {data, w + padding_, w, h};
      data += (w + padding_) * h;
    }
    slots_.push_back(std::move(fresh));
    slot = slots_.end() - 1;
  }
  slot->out = true;
  ++lent_;
  most_out_ = std::max(most_out_, lent_ - returned_);
  DrawPicture(index, slot->view);
  Frame frame(slot->view, this, static_cast<int>(slot - slots_.begin()));
  frame.output_index = index;
  frame.source_index = static_cast<int>(index % 100);
  return frame;
}

void FrameLender::TakeBack(int number) noexcept {
  std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(number)];
  returned_twice_ = returned_twice_ || !slot.out;
  slot.out = false;
  std::fill(slot.bytes.begin(), slot.bytes.end(), uint8_t{0x5A});
  ++returned_;
}

int FrameLender::lent() const {
  std::lock_guard lock(mutex_);
  return lent_;
}

int FrameLender::returned() const {
  std::lock_guard lock(mutex_);
  return returned_;
}

int FrameLender::most_out() const {
  std::lock_guard lock(mutex_);
  return most_out_;
}

bool FrameLender::returned_twice() const {
  std::lock_guard lock(mutex_);
  return returned_twice_;
}

void DrawPicture(int64_t index, PictureView picture) {
  const int low = picture.range == ColorRange::kLimited ? 16 : 0;
  const int span = picture.range == ColorRange::kLimited ? 219 : 255;
  for (int p = 0; p < 3; ++p) {
    const Plane& plane = picture.planes[p];
    const int centre = static_cast<int>((index * 3 + 20 * p) % plane.width);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        int value = 96 * x / plane.width + 64 * y / plane.height + 40;
        if (std::abs(x - centre) < 12 && y > plane.height / 4) value = 210 - p * 60;
        plane.row(y)[x] = static_cast<uint8_t>(low + value * span / 255);
      }
    }
  }
}

std::vector<uint8_t> PictureSamples(int64_t index, int width, int height, ColorRange range) {
  Picture picture(PixelFormat::kYuv420, range, width, height);
  DrawPicture(index, picture.view());
  const uint8_t* data = picture.view().planes[0].data;
  return {data, data + picture.bytes()};
}

DecodedVideo DecodeVideo(const std::filesystem::path& path) {
  Stream stream(path, AVMEDIA_TYPE_VIDEO);
  const AVCodecParameters& parameters = *stream.input->streams[stream.number]->codecpar;
  DecodedVideo video;
  video.codec = avcodec_get_name(parameters.codec_id);
  video.width = parameters.width;
  video.height = parameters.height;
  const AVRational rate =
      av_guess_frame_rate(stream.input.get(), stream.input->streams[stream.number], nullptr);
  video.frame_rate = {rate.num, rate.den};
  video.color = media::ColorTagsOf(parameters);
  stream.ForEachFrame([&](const AVFrame& frame) {
    video.times.push_back(static_cast<double>(frame.best_effort_timestamp) * stream.base());
    std::vector<uint8_t> samples;
    if (frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P) {
      for (int p = 0; p < 3; ++p) {
        const int w = p == 0 ? frame.width : (frame.width + 1) / 2;
        const int h = p == 0 ? frame.height : (frame.height + 1) / 2;
        for (int y = 0; y < h; ++y) {
          const uint8_t* row = frame.data[p] + ptrdiff_t{y} * frame.linesize[p];
          samples.insert(samples.end(), row, row + w);
        }
      }
    }
    if (frame.format == AV_PIX_FMT_RGB24) {
      for (int y = 0; y < frame.height; ++y) {
        const uint8_t* row = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
        samples.insert(samples.end(), row, row + 3 * frame.width);
      }
    }
    video.frames.push_back(std::move(samples));
  });
  return video;
}

DecodedAudio DecodeAudio(const std::filesystem::path& path) {
  Stream stream(path, AVMEDIA_TYPE_AUDIO);
  DecodedAudio audio;
  audio.codec = avcodec_get_name(stream.decoder->codec_id);
  std::vector<float>& samples = audio.samples;
  stream.ForEachFrame([&](const AVFrame& frame) {
    audio.sample_rate = frame.sample_rate;
    audio.channels = frame.ch_layout.nb_channels;
    const double time = static_cast<double>(frame.best_effort_timestamp) * stream.base();
    const int64_t first = std::llround(time * frame.sample_rate);
    // Time stamps may be rounded to milliseconds: follow them only where they jump.
    if (samples.empty() ||
        std::llabs(first - static_cast<int64_t>(samples.size())) > frame.sample_rate / 500) {
      if (first < 0) throw std::runtime_error("sound before time 0");
      samples.resize(static_cast<size_t>(first));
    }
    for (int i = 0; i < frame.nb_samples; ++i) {
      float value = 0;
      switch (frame.format) {
        case AV_SAMPLE_FMT_FLTP:
          value = reinterpret_cast<const float*>(frame.extended_data[0])[i];
          break;
        case AV_SAMPLE_FMT_S16:
          value = static_cast<float>(reinterpret_cast<const int16_t*>(
                      frame.extended_data[0])[i * audio.channels]) /
                  32768.0F;
          break;
        default:
          throw std::runtime_error("a sample format the test does not know");
      }
      samples.push_back(value);
    }
  });
  // The last packet may hold more than is meant to be heard: mp4 says so by its duration only.
  const int64_t duration = stream.input->streams[stream.number]->duration;
  if (duration != AV_NOPTS_VALUE) {
    const size_t end = static_cast<size_t>(
        std::llround(static_cast<double>(duration) * stream.base() * audio.sample_rate));
    samples.resize(std::min(samples.size(), end));
  }
  return audio;
}

std::vector<float> MakeSound(int sample_rate, double seconds, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  const double keep = std::exp(-2 * M_PI * 800 / sample_rate);
  std::vector<float> samples(static_cast<size_t>(std::llround(seconds * sample_rate)));
  double state = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    state = keep * state + (1 - keep) * noise(random);
    const double time = static_cast<double>(i) / sample_rate;
    samples[i] = static_cast<float>(state * (0.5 + 0.4 * std::sin(2 * M_PI * 3.1 * time)));
  }
  const float peak = *std::max_element(samples.begin(), samples.end(),
                                       [](float a, float b) { return std::abs(a) < std::abs(b); });
  for (float& sample : samples) sample *= 0.8F / std::abs(peak);
  return samples;
}

void WriteWav(const std::filesystem::path& path, int sample_rate, int channels,
              const std::vector<float>& samples) {
  const auto put32 = [](std::string& to, uint32_t value) {
    for (int i = 0; i < 4; ++i) to += static_cast<char>(value >> (8 * i));
  };
  const uint32_t frame_bytes = static_cast<uint32_t>(2 * channels);
  const uint32_t rate = static_cast<uint32_t>(sample_rate);
  const uint32_t bytes = frame_bytes * static_cast<uint32_t>(samples.size());
  std::string wav = "RIFF";
  put32(wav, 36 + bytes);
  wav += "WAVEfmt ";
  put32(wav, 16);
  put32(wav, 1 | static_cast<uint32_t>(channels) << 16);
  put32(wav, rate);
  put32(wav, rate * frame_bytes);
  put32(wav, frame_bytes | 16U << 16);
  wav += "data";
  put32(wav, bytes);
  for (const float sample : samples) {
    const int16_t value = static_cast<int16_t>(std::lround(sample * 32767.0F));
    for (int c = 0; c < channels; ++c) {
      wav += static_cast<char>(value & 0xFF);
      wav += static_cast<char>(value >> 8);
    }
  }
  std::ofstream(path, std::ios::binary) << wav;
}

int FindDelay(const std::vector<float>& original, const std::vector<float>& heard, int most) {
  constexpr int kMostCompared = 8192;
  const int length = static_cast<int>(std::min(original.size(), heard.size()));
  const int first = std::max(most, (length - kMostCompared) / 2);
  const int end = std::min(length - most, first + kMostCompared);
  int best = 0;
  float best_sum = -1e30F;
  for (int delay = -most; delay <= most; ++delay) {
    float sum = 0;
    for (int i = first; i < end; ++i) {
      sum += original[static_cast<size_t>(i)] * heard[static_cast<size_t>(i + delay)];
    }
    if (sum > best_sum) {
      best_sum = sum;
      best = delay;
    }
  }
  return best;
}

double Psnr(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  if (a.size() != b.size() || a.empty()) return 0;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  if (sum == 0) return 200;
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

}  // namespace mouthpiece::testing
