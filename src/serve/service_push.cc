// Sessions on their way to servers of somebody's: only where the operator said so.
#include <nlohmann/json.hpp>
#include <utility>

#include "media/live_push.h"
#include "mouthpiece/error.h"
#include "serve/flat_json.h"
#include "serve/service.h"
#include "serve/service_text.h"

namespace mouthpiece::serve {

std::vector<PushUrl> Service::PushPlacesOf(const ServeOptions& options) {
  std::vector<PushUrl> places;
  for (const std::string& text : options.push_to) {
    try {
      places.push_back(ReadPushPrefix(text));
    } catch (const Error& error) {
      throw Error(error.code(), "--push-to: " + std::string(error.what()));
    }
    if (!media::CanPush(places.back().scheme)) {
      throw Error(ErrorCode::kUnsupported,
                  "--push-to: this FFmpeg cannot push to " + places.back().scheme);
    }
  }
  return places;
}

std::optional<Answer> Service::RefusePush(const std::string& text, PushUrl& url) const {
  if (push_places_.empty()) {
    return Problem(403, "push", "the server was started without --push-to");
  }
  url = ReadPushUrl(text);
  if (!IsPushAllowed(url, push_places_)) {
    return Problem(403, "push", "this is no place that --push-to allows");
  }
  return std::nullopt;
}

std::shared_ptr<Pusher> Service::AddPush(const std::shared_ptr<Show>& show, PushUrl url) {
  return pushers_.Add({.session = show->options().id,
                       .name = {},
                       .url = std::move(url),
                       .headers = show->avatar().headers,
                       .want_key =
                           [weak = show->weak_from_this()] {
                             if (const std::shared_ptr<Show> there = weak.lock()) there->WantKey();
                           },
                       .log = [this](const std::string& line) { Log(line); }},
                      metrics_);
}

Answer Service::TooManyPushes() {
  return Problem(503, "limit", "there are as many pushes as may be", kRetryAfter);
}

Answer Service::Push(const Request& request, const std::shared_ptr<Show>& show) {
  if (draining_) return Problem(503, "draining", "the server ends", kRetryAfter);
  const std::string_view text(reinterpret_cast<const char*>(request.body.data()),
                              request.body.size());
  const std::optional<std::string> wanted = FlatJson(text).Text("url", kMostPushUrl);
  if (!wanted) return Problem(422, "bad_request", "push: expected url, found none");
  PushUrl url;
  if (const std::optional<Answer> refused = RefusePush(*wanted, url)) return *refused;
  const std::shared_ptr<Pusher> pusher = AddPush(show, std::move(url));
  if (pusher == nullptr) return TooManyPushes();
  show->Join(pusher);
  return {.status = 201,
          .body = Dump({{"push", pusher->options().name}, {"to", pusher->options().url.shown()}})};
}

Answer Service::EndPush(const std::shared_ptr<Show>& show, const std::string& name) {
  const std::shared_ptr<Pusher> pusher = pushers_.Find(show->options().id, name);
  if (pusher == nullptr) return Problem(404, "no_push", "there is no such push (any more)");
  show->Leave(pusher.get());
  pusher->Part("", 0);
  return {.status = 204};
}

nlohmann::json Service::PushesOf(const Show& show) const {
  nlohmann::json list = nlohmann::json::array();
  for (const std::shared_ptr<Pusher>& pusher : pushers_.Of(show.options().id)) {
    const PushStatus status = pusher->status();
    list.push_back({{"push", pusher->options().name},
                    {"to", pusher->options().url.shown()},
                    {"state", NameOf(status.state)},
                    {"connected", status.connected},
                    {"lost", status.lost},
                    {"why", status.why}});
  }
  return list;
}

}  // namespace mouthpiece::serve
