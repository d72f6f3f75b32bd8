#include "serve/service.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/freed_memory.h"
#include "base/printable.h"
#include "mouthpiece/error.h"
#include "mouthpiece/version.h"
#include "serve/flat_json.h"
#include "serve/page_files.h"
#include "serve/recorder.h"
#include "serve/secret.h"
#include "serve/service_text.h"
#include "serve/tts.h"

namespace mouthpiece::serve {
namespace {

constexpr double kShareOfCores = 0.9;
constexpr int kLongestAlone = 30;  // seconds
constexpr std::chrono::seconds kGivesBackEvery{5};
constexpr int kJobThreads = 4;
constexpr size_t kMostJobs = 64;
constexpr double kOpeningsASecond = 50;
constexpr double kOpeningsAtOnce = 300;
constexpr size_t kIdBytes = 16;
constexpr size_t kTokenBytes = 32;
constexpr char kSessions[] = "/v1/sessions/";
constexpr char kPush[] = "/push/";

int Cores(int threads) {
  return threads > 0 ? threads
                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string_view BearerOf(const std::string& authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view text = authorization;
  return text.starts_with(kBearer) ? text.substr(kBearer.size()) : std::string_view();
}

Machine MachineOf(const ServeOptions& options) {
  Machine machine;
  machine.memory_budget = options.memory_budget;
  machine.precision = options.precision;
  machine.prepare = options.prepare;
  machine.device = options.device;
  machine.device_memory = options.device_memory;
  return machine;
}

live::SchedulerOptions SchedulerOf(const ServeOptions& options) {
  live::SchedulerOptions scheduler;
  scheduler.threads = options.threads;
  return scheduler;
}

}  // namespace

struct Service::SessionRequest {
  explicit SessionRequest(const FlatJson& json)
      : avatar(json.Text("avatar", 256).value_or("")),
        lookahead(static_cast<int>(json.Integer("lookahead", 0, 7).value_or(7))),
        bitrate(json.Integer("video.bitrate", 100'000, 50'000'000).value_or(0)),
        reserve(json.Flag("reserve").value_or(false)),
        push(json.Text("push", kMostPushUrl)) {}

  std::string avatar;
  int lookahead;
  int64_t bitrate;
  bool reserve;
  std::optional<std::string> push;
};

Service::Service(const ServeOptions& options, bool is_local)
    : origins_(options.origins),
      log_(options.log),
      is_local_(is_local),
      record_(options.record),
      push_places_(PushPlacesOf(options)),
      scheduler_(std::make_shared<live::Scheduler>(SchedulerOf(options))),
      admission_(Cores(options.threads), kShareOfCores, options.oversubscribe),
      hands_{live::SteadyClock(),
             std::make_shared<Pump>(std::max(2, Cores(options.threads)), live::SteadyClock()),
             admission_, metrics_},
      registry_(scheduler_, MachineOf(options)),
      sessions_(static_cast<size_t>(options.max_sessions)),
      openings_(kOpeningsASecond, kOpeningsAtOnce),
      jobs_(kJobThreads, kMostJobs) {
  if (!options.token_file.empty()) token_ = ReadTokenFile(options.token_file);
  if (token_.empty() && !is_local) {
    throw Error(ErrorCode::kInvalidArgument,
                "--listen " + options.listen +
                    ": expected --token FILE, since others than this machine can reach it");
  }
  if (!options.tts.empty()) {
    tts_ = SplitCommand(options.tts);
    RequireProgram(tts_.front());
  }
  if (!record_.empty() && !std::filesystem::is_directory(record_)) {
    throw Error(ErrorCode::kInvalidArgument,
                "--record " + record_.string() + ": expected a folder, found none");
  }
  AddAvatars(options);
}

Service::~Service() {
  jobs_.Stop();
  CloseAll("the server ends", kRetryAfter);
  hands_.pump->Stop();  // here, whoever lets go of it last
}

void Service::AddAvatars(const ServeOptions& options) {
  for (const std::filesystem::path& package : options.avatars) registry_.Add(package);
  if (!options.avatar_folder.empty()) {
    std::vector<std::filesystem::path> packages;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(options.avatar_folder, failed)) {
      if (entry.is_directory()) packages.push_back(entry.path());
    }
    if (failed) {
      throw Error(ErrorCode::kInvalidArgument,
                  options.avatar_folder.string() + ": " + failed.message());
    }
    std::ranges::sort(packages);
    for (const std::filesystem::path& package : packages) {
      try {
        registry_.Add(package);
      } catch (const Error& error) {
        Log(std::string("ev=avatar_left_out why=\"") + error.what() + "\"");
      }
    }
  }
  if (registry_.News().empty()) {
    throw Error(ErrorCode::kInvalidArgument, "expected an avatar to serve, found none");
  }
}

void Service::Log(const std::string& line) {
  if (!log_) return;
  const std::lock_guard lock(log_mutex_);
  log_(Printable(line));
}

std::optional<Answer> Service::Refuse(const Request& request) const {
  if (!IsOriginAllowed(request.origin, request.host, origins_)) {
    return Problem(403, "origin", "this origin may not use the server: --origin allows others");
  }
  // A page elsewhere may have a name that means this machine, but not this machine's name.
  if (is_local_ && token_.empty() && !IsLoopbackHost(request.host)) {
    return Problem(403, "host", "expected a Host of this machine, or --token");
  }
  return std::nullopt;
}

bool Service::IsToken(const std::string& token, const Show& show) const {
  return IsSameSecret(token, show.options().token) || IsSameSecret(token, token_);
}

Access Service::AccessOf(const Request& request, const Show* show) const {
  std::string token(BearerOf(request.authorization));
  if (token.empty()) token = QueryOf(request, "token");
  if (IsSameSecret(token, token_)) return Access::kServer;
  if (show == nullptr) return token_.empty() ? Access::kServer : Access::kNone;
  return IsSameSecret(token, show->options().token) ? Access::kSession : Access::kNone;
}

size_t Service::MostBody(const Request& request) {
  constexpr size_t kSound = size_t{64} << 20;
  constexpr size_t kOther = 16384;
  return request.path.ends_with("/speech") ? kSound : kOther;
}

std::shared_ptr<Show> Service::FindShow(const std::string& path, std::string_view last) const {
  if (!path.starts_with(kSessions)) return nullptr;
  const std::string_view rest = std::string_view(path).substr(sizeof(kSessions) - 1);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || rest.substr(slash + 1) != last) return nullptr;
  return sessions_.Find(std::string(rest.substr(0, slash)));
}

Answer Service::Handle(const Request& request) {
  ++metrics_.requests;
  try {
    if (std::optional<Answer> page = Page(request)) return *page;
    if (request.path == "/healthz") return {.type = "text/plain", .body = "ok\n"};
    if (request.path == "/readyz") {
      if (draining_) return Problem(503, "draining", "the server ends", kRetryAfter);
      return {.type = "text/plain", .body = "ready\n"};
    }
    if (request.path == "/v1/server") {
      return {.body =
                  Dump({{"version", Version()}, {"tts", has_tts()}, {"token", !token_.empty()}})};
    }
    if (request.path.starts_with(kSessions)) {
      const std::string_view rest = std::string_view(request.path).substr(sizeof(kSessions) - 1);
      const std::string id(rest.substr(0, rest.find('/')));
      const std::shared_ptr<Show> show = sessions_.Find(id);
      // Who may not know learns nothing.
      if (show == nullptr && AccessOf(request, nullptr) == Access::kServer) {
        return Problem(404, "no_session", "there is no such session (any more)");
      }
      if (show == nullptr || AccessOf(request, show.get()) == Access::kNone) {
        return Problem(401, "token", "expected the token of the session, or the server's");
      }
      return HandleSession(request, show, rest.substr(id.size()));
    }
    const bool is_known = request.path == "/v1/sessions" || request.path == "/v1/avatars" ||
                          request.path == "/metrics";
    if (!is_known) return Problem(404, "not_found", "there is nothing here");
    if (AccessOf(request, nullptr) != Access::kServer) {
      return Problem(401, "token", "expected the server's token");
    }
    if (request.path == "/v1/sessions" && request.method == "POST") return OpenSession(request);
    if (request.path == "/v1/avatars" && request.method == "GET") return Avatars();
    if (request.path == "/metrics" && request.method == "GET") return MetricsOf();
    return Problem(405, "method", "this method is not for this path");
  } catch (const Error& error) {
    return ProblemOf(error);
  }
}

std::optional<Answer> Service::Page(const Request& request) const {
  const PageFile* file = FindPageFile(request.path);
  if (file == nullptr) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    return Problem(405, "method", "this method is not for this path");
  }
  Answer answer = {.type = std::string(file->type)};
  answer.headers = {{"ETag", std::string(file->etag)},
                    {"Cache-Control", "no-cache"},
                    {"Content-Security-Policy",
                     "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; "
                     "media-src 'self' blob:; worker-src 'self' blob:; frame-ancestors 'none'; "
                     "base-uri 'none'; form-action 'none'"},
                    {"Referrer-Policy", "no-referrer"}};
  if (request.if_none_match == file->etag) {
    answer.status = 304;
  } else {
    answer.body.assign(file->bytes.begin(), file->bytes.end());
  }
  return answer;
}

Answer Service::OpenSession(const Request& request) {
  const std::string_view text(reinterpret_cast<const char*>(request.body.data()),
                              request.body.size());
  return Open(SessionRequest(FlatJson(text.empty() ? "{}" : text)));
}

Answer Service::Open(const SessionRequest& wanted) {
  if (draining_) return Problem(503, "draining", "the server ends", kRetryAfter);
  {
    const std::lock_guard lock(opening_mutex_);
    if (!openings_.Take(std::chrono::steady_clock::now())) {
      return Problem(429, "rate", "too many sessions were asked for at once", 1);
    }
  }
  PushUrl push;
  if (wanted.push) {
    if (const std::optional<Answer> refused = RefusePush(*wanted.push, push)) return *refused;
  }
  const std::string name = wanted.avatar.empty() ? registry_.News()[0].name : wanted.avatar;
  if (!registry_.Has(name)) return Problem(404, "no_avatar", "there is no such avatar");
  if (sessions_.is_full()) {
    ++metrics_.refused;
    return Problem(503, "limit", "there are as many sessions as may be", kRetryAfter);
  }
  std::shared_ptr<const ServedAvatar> avatar;
  try {
    avatar = registry_.Load(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    ++metrics_.refused;
    return Problem(503, "memory", error.what(), kRetryAfter);
  }
  std::unique_ptr<Admission::Grant> grant;
  if (wanted.reserve) {
    grant = admission_.Ask(avatar->frame_ms());
    if (grant == nullptr) {
      ++metrics_.refused;
      return Problem(503, "limit", "there is no room for one more who speaks", kRetryAfter);
    }
  }
  const auto show = std::make_shared<Show>(ShowOptions{.id = RandomName(kIdBytes),
                                                       .token = RandomName(kTokenBytes),
                                                       .lookahead = wanted.lookahead,
                                                       .bitrate = wanted.bitrate,
                                                       .tts = has_tts()},
                                           avatar, hands_, std::move(grant));
  const ShowOptions& made = show->options();
  std::shared_ptr<Recorder> recorder;  // first: the disk may be full
  if (!record_.empty()) recorder = std::make_shared<Recorder>(record_ / (made.id + ".mp4"));
  std::shared_ptr<Pusher> pusher;
  if (wanted.push) {
    pusher = AddPush(show, std::move(push));
    if (pusher == nullptr) return TooManyPushes();
  }
  if (!sessions_.Add(made.id, show)) {
    if (pusher != nullptr) pusher->Part("", 0);
    ++metrics_.refused;
    return Problem(503, "limit", "there are as many sessions as may be", kRetryAfter);
  }
  if (recorder != nullptr) show->Join(recorder);
  if (pusher != nullptr) show->Join(pusher);
  hands_.pump->Add(show);
  ++metrics_.sessions;
  Log("ev=session_opened session=" + made.id + " avatar=" + name);
  const std::string base = kSessions + made.id;
  return {.status = 201,
          .body = Dump({{"id", made.id},
                        {"token", made.token},
                        {"ws", base + "/ws"},
                        {"live_mp4", base + "/live.mp4?token=" + made.token},
                        {"expires_s", kLongestAlone}})};
}

Answer Service::HandleSession(const Request& request, const std::shared_ptr<Show>& show,
                              std::string_view rest) {
  if (rest.empty() && request.method == "GET") return Status(*show);
  if (rest.empty() && request.method == "DELETE") {
    sessions_.Remove(show->options().id);
    show->Close("deleted", 0);
    Log("ev=session_closed session=" + show->options().id + " why=deleted");
    return {.status = 204};
  }
  if (rest == "/speech" && request.method == "POST") return Speak(request, show);
  if (rest == "/interrupt" && request.method == "POST") return Interrupt(request, *show);
  if (rest == "/push" && request.method == "POST") return Push(request, show);
  if (rest.starts_with(kPush) && request.method == "DELETE") {
    return EndPush(show, std::string(rest.substr(sizeof(kPush) - 1)));
  }
  const bool is_known = rest.empty() || rest == "/speech" || rest == "/interrupt" ||
                        rest == "/push" || rest.starts_with(kPush);
  return is_known ? Problem(405, "method", "this method is not for this path")
                  : Problem(404, "not_found", "there is nothing here");
}

void Service::Sweep() {
  pushers_.Reap();
  const auto lonely =
      sessions_.RemoveLonely(std::chrono::steady_clock::now(), std::chrono::seconds(kLongestAlone));
  for (const std::shared_ptr<Show>& show : lonely) {
    show->Close("nobody sees it", 0);
    Log("ev=session_closed session=" + show->options().id + " why=alone");
  }
  for (const std::shared_ptr<Show>& show : sessions_.All()) {
    if (!show->is_closed()) continue;  // by an error
    sessions_.Remove(show->options().id);
    Log("ev=session_closed session=" + show->options().id + " why=error");
  }
  GiveBackMemory();
}

/// What sessions leave is scattered among what stays.
void Service::GiveBackMemory() {
  const int64_t closed = metrics_.sessions - static_cast<int64_t>(sessions_.size());
  const auto now = std::chrono::steady_clock::now();
  if (closed == closed_before_ || now - gave_back_ < kGivesBackEvery) return;
  closed_before_ = closed;
  gave_back_ = now;
  GiveBackFreedMemory();
}

size_t Service::Unfinished() const {
  size_t unfinished = 0;
  for (const std::shared_ptr<Show>& show : sessions_.All()) {
    if (!show->is_closed()) unfinished += show->status().unfinished;
  }
  return unfinished;
}

void Service::CloseAll(const std::string& reason, int retry_after_s) {
  for (const std::shared_ptr<Show>& show : sessions_.All()) {
    sessions_.Remove(show->options().id);
    show->Close(reason, retry_after_s);
  }
}

}  // namespace mouthpiece::serve
