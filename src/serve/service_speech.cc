// What is said in a session, and cut off.
#include <utility>

#include "media/uploaded_sound.h"
#include "mouthpiece/error.h"
#include "serve/finished_wait.h"
#include "serve/flat_json.h"
#include "serve/message.h"
#include "serve/service.h"
#include "serve/service_text.h"
#include "serve/tts.h"

namespace mouthpiece::serve {

Answer Service::ProblemOf(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadMedia:
      return Problem(422, "bad_request", error.what());
    case ErrorCode::kUnsupported:
      return Problem(503, "limit", error.what(), kRetryAfter);
    default:
      return Problem(500, "internal", error.what());
  }
}

std::shared_ptr<Incoming> Service::OpenUtterance(Show& show, const std::string& name, int rate) {
  CheckUtterance(name);
  if (draining_) throw Error(ErrorCode::kUnsupported, "the server ends");
  if (!show.speech().Reserve(show.avatar().frame_ms())) {
    ++metrics_.refused;
    throw Error(ErrorCode::kUnsupported, "there is no room for one more who speaks");
  }
  return show.speech().Open(name, rate);
}

std::shared_ptr<FinishedWait> Service::WaitFor(Show& show, const std::string& utterance) {
  const auto wait = std::make_shared<FinishedWait>();
  show.OnFinished(utterance, [wait](const live::Finished& finished) { wait->Set(finished); });
  return wait;
}

Answer Service::Speak(const Request& request, const std::shared_ptr<Show>& show) {
  std::string name = QueryOf(request, "utterance");
  if (name.empty()) name = NewUtterance();
  const bool is_text = request.content_type.starts_with("text/plain");
  if (is_text && !has_tts()) return Problem(422, "no_tts", "the server was started without --tts");
  if (is_text && request.body.size() > kMostTextBytes) {
    return Problem(413, "limit", "expected a shorter text");
  }
  if (request.body.empty()) return Problem(422, "bad_audio", "expected a body, found none");
  const std::shared_ptr<Incoming> incoming = OpenUtterance(*show, name, 0);
  Answer answer = {.status = 202, .body = Dump({{"utterance", name}})};
  if (QueryOf(request, "wait") == "1") answer.finished = WaitFor(*show, name);
  if (is_text) {
    Say(show, incoming, {request.body.begin(), request.body.end()});
  } else {
    Decode(show, incoming, request.body);
  }
  return answer;
}

void Service::Decode(const std::shared_ptr<Show>& show, const std::shared_ptr<Incoming>& incoming,
                     std::vector<uint8_t> bytes) {
  const auto decode = [show, incoming, bytes = std::move(bytes)] {
    try {
      if (incoming->dropped) return;
      const SpeechSamples speech = media::DecodeUpload(bytes, CancelToken(&incoming->dropped));
      show->speech().SetRate(*incoming, speech.rate);
      show->speech().Push(*incoming, *speech.samples);
      show->speech().End(*incoming);
    } catch (const Error& error) {
      show->speech().Fail(*incoming, "bad_audio", error.what());
    } catch (const std::bad_alloc&) {
      show->speech().Fail(*incoming, "internal", "out of memory");
    }
    show->Wake();
  };
  if (!jobs_.Add(decode)) {
    show->speech().Fail(*incoming, "limit", "too much waits to be decoded");
    show->Wake();
  }
}

void Service::Say(const std::shared_ptr<Show>& show, const std::shared_ptr<Incoming>& incoming,
                  std::string text) {
  const auto say = [this, show, incoming, text = std::move(text)] {
    try {
      const auto is_dropped = [&] { return incoming->dropped || show->is_closed(); };
      const std::vector<uint8_t> sound = RunTts(tts_, text, {}, is_dropped);
      const SpeechSamples speech = media::DecodeUpload(sound, CancelToken(&incoming->dropped));
      show->speech().SetRate(*incoming, speech.rate);
      show->speech().Push(*incoming, *speech.samples);
      show->speech().End(*incoming);
    } catch (const Error& error) {
      show->speech().Fail(*incoming, "tts", error.what());
      if (error.code() != ErrorCode::kCancelled) {
        Log(std::string("ev=tts_failed why=\"") + error.what() + "\"");
      }
    } catch (const std::bad_alloc&) {
      show->speech().Fail(*incoming, "internal", "out of memory");
    }
    show->Wake();
  };
  if (!jobs_.Add(say)) {
    show->speech().Fail(*incoming, "limit", "too much waits to be said");
    show->Wake();
  }
}

Answer Service::Interrupt(const Request& request, Show& show) {
  const std::string_view text(reinterpret_cast<const char*>(request.body.data()),
                              request.body.size());
  const FlatJson json(text.empty() ? "{}" : text);
  const live::Interrupted interrupted = show.Interrupt(json.Text("utterance", 64), std::nullopt);
  return {.body = Dump({{"utterance", interrupted.utterance},
                        {"played_ms", Ms(interrupted.played)},
                        {"epoch", interrupted.epoch}})};
}

}  // namespace mouthpiece::serve
