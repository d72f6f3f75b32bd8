// Where decoding can begin, from packets of the codecs that clips have.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstring>

#include "media/clean_start.h"

namespace mouthpiece::fuzz {
namespace {

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  // Those whose packets are read here, and one that is given to FFmpeg's parser.
  constexpr AVCodecID kCodecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,  AV_CODEC_ID_H264,
                                   AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG};
  media::TameFfmpeg();
  FuzzedDataProvider input(data, size);
  const std::unique_ptr<AVCodecParameters, fuzz::FreeParameters> parameters(
      avcodec_parameters_alloc());
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = input.PickValueInArray(kCodecs);
  const std::string header = input.ConsumeRandomLengthString(64);
  parameters->extradata =
      static_cast<uint8_t*>(av_mallocz(header.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::memcpy(parameters->extradata, header.data(), header.size());
  parameters->extradata_size = static_cast<int>(header.size());

  media::CleanStarts starts(*parameters);
  const media::PacketPtr packet(av_packet_alloc());
  while (input.remaining_bytes() > 0) {
    const std::string bytes = input.ConsumeRandomLengthString(4096);
    if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) return 0;
    std::memcpy(packet->data, bytes.data(), bytes.size());
    starts.IsClean(*packet);
    av_packet_unref(packet.get());
  }
  return 0;
}
