// What the service tells of itself.
#include <nlohmann/json.hpp>

#include "serve/service.h"
#include "serve/service_text.h"

namespace mouthpiece::serve {

Answer Service::Status(const Show& show) const {
  const ShowStatus status = show.status();
  return {.body = Dump({{"id", show.options().id},
                        {"avatar", status.avatar},
                        {"state", status.speaking ? "speaking" : "idle"},
                        {"queued_ms", Ms(status.queued)},
                        {"epoch", status.epoch},
                        {"utterance", status.utterance},
                        {"played_ms", Ms(status.played)},
                        {"viewers", status.viewers},
                        {"pushes", PushesOf(show)}})};
}

Answer Service::Avatars() const {
  nlohmann::json list = nlohmann::json::array();
  for (const AvatarNews& news : registry_.News()) {
    const double ms = news.frame_ms;
    list.push_back({{"name", news.name},
                    {"width", news.width},
                    {"height", news.height},
                    {"fps", 25},
                    {"frames", news.frames},
                    {"loaded", news.loaded},
                    {"bytes", news.bytes},
                    {"cost_ms", ms},
                    {"realtime", ms > 0 ? 1000.0 / 25 / ms : 0}});
  }
  return {.body = Dump(list)};
}

Answer Service::MetricsOf() const {
  MetricsText text;
  double speaking = 0;
  double idle = 0;
  double viewers = 0;
  uint64_t session_bytes = 0;
  live::Ticks queued = 0;
  for (const std::shared_ptr<Show>& show : sessions_.All()) {
    const ShowStatus status = show->status();
    ++(status.speaking ? speaking : idle);
    viewers += status.viewers;
    session_bytes += status.bytes;
    queued += status.queued;
  }
  const MetricsText::Labelled states[] = {{"speaking", speaking}, {"idle", idle}};
  text.Gauges("sessions", "Sessions that there are.", "state", states);
  text.Gauge("viewers", "Viewers of all sessions.", viewers);
  text.Gauge("queued_seconds", "Sound that waits to be heard.",
             static_cast<double>(queued) / live::kTickRate);
  double connecting = 0;
  double live = 0;
  for (const std::shared_ptr<Pusher>& pusher : pushers_.All()) {
    const PushState state = pusher->status().state;
    if (state != PushState::kEnded) ++(state == PushState::kLive ? live : connecting);
  }
  const MetricsText::Labelled pushes[] = {{"connecting", connecting}, {"live", live}};
  text.Gauges("pushes", "Places that sessions are pushed to.", "state", pushes);
  const MetricsText::Labelled held[] = {{"avatars", static_cast<double>(registry_.bytes())},
                                        {"sessions", static_cast<double>(session_bytes)}};
  text.Gauges("held_bytes", "Bytes that are held.", "what", held);
  text.Gauge("avatars_loaded", "Avatars that are loaded.", registry_.loaded());
  text.Gauge("promised_sessions", "Sessions that may speak.", admission_.promised());
  text.Gauge("load_ratio", "What is promised, as a share of what may be.", admission_.load());
  text.Add(metrics_);
  return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = text.text()};
}

}  // namespace mouthpiece::serve
