// What clients say over the socket. The first byte tells texts, packets of speech, bodies of JSON,
// the headers of H.264, paths and the URLs to push to apart.
#include <string_view>

#include "media/h264_headers.h"
#include "only_errors.h"
#include "serve/flat_json.h"
#include "serve/http_message.h"
#include "serve/message.h"
#include "serve/packet.h"
#include "serve/push_url.h"
#include "serve/tts.h"

namespace mouthpiece::fuzz {
namespace {

void Take(uint8_t which, std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (which % 6) {
    case 0: {
      const serve::ClientMessage message = serve::ReadMessage(text);
      if (const auto* speak = std::get_if<serve::Speak>(&message)) {
        Require(speak->rate >= serve::kSlowestRate && speak->rate <= serve::kFastestRate, "a rate");
        serve::CheckUtterance(speak->utterance);
      }
      break;
    }
    case 1:
      Require(serve::ReadSpeech(bytes).size() * 2 + serve::kHeaderBytes == bytes.size(),
              "all samples of a packet");
      break;
    case 2:
      serve::FlatJson(text).Text("avatar", 256);
      break;
    case 3: {
      const media::H264Headers headers = media::ReadH264Headers(bytes);
      Require(headers.width > 0 && headers.height > 0, "a picture");
      break;
    }
    case 4: {
      const serve::PushUrl url = serve::ReadPushUrl(text);
      const std::string host = url.scheme + "://" + url.host;
      Require(url.url == text && text.starts_with(url.scheme + "://"), "the URL as it came");
      Require(host.find_first_of("@?#% \\", url.scheme.size()) == std::string::npos, "a host");
      Require(serve::IsPushAllowed(url, {serve::ReadPushPrefix(url.shown())}), "its own place");
      Require(!serve::IsPushAllowed(url, {serve::ReadPushPrefix(url.scheme + "://other.x:1")}) ||
                  url.host == "other.x",
              "no other place");
      break;
    }
    default: {
      serve::Request request;
      serve::ReadTarget(text, request);
      Require(!serve::SplitCommand(text).empty(), "words");
    }
  }
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  if (size == 0) return 0;
  fuzz::OnlyErrors([&] { fuzz::Take(data[0], {data + 1, size - 1}); });
  return 0;
}
