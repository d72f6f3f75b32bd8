#include "serve/connection.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mouthpiece/error.h"
#include "serve/finished_wait.h"
#include "serve/message.h"
#include "serve/queued_viewer.h"
#include "serve/socket_session.h"

namespace mouthpiece::serve {
namespace {

namespace http = beast::http;

using Parser = http::request_parser<http::buffer_body>;

constexpr std::chrono::seconds kHandshake{5};
constexpr std::chrono::seconds kHeader{10};
constexpr std::chrono::seconds kQuiet{30};  // between two requests
constexpr std::chrono::seconds kBody{60};
constexpr std::chrono::seconds kWrite{30};
constexpr std::chrono::milliseconds kPause{20};
constexpr uint32_t kMostHeader = 16384;
constexpr uint64_t kMostBody = uint64_t{64} << 20;
constexpr size_t kPiece = 65536;

auto Failing(SystemError& failed) { return net::redirect_error(net::use_awaitable, failed); }

Request RequestOf(const Parser& parser) {
  const auto& header = parser.get();
  Request request;
  request.method = std::string(header.method_string());
  ReadTarget(std::string(header.target()), request);
  request.authorization = std::string(header[http::field::authorization]);
  request.host = std::string(header[http::field::host]);
  request.origin = std::string(header[http::field::origin]);
  request.content_type = std::string(header[http::field::content_type]);
  request.if_none_match = std::string(header[http::field::if_none_match]);
  return request;
}

/// What `audio/L16;rate=24000` (high byte first, RFC 2586) and `audio/pcm;rate=24000` (low byte
/// first) say.
struct PcmType {
  int rate = 0;
  bool high_first = false;
};

std::optional<PcmType> PcmTypeOf(const std::string& content_type) {
  PcmType type;
  type.high_first = content_type.starts_with("audio/L16");
  if (!type.high_first && !content_type.starts_with("audio/pcm")) return std::nullopt;
  const size_t at = content_type.find("rate=");
  if (at == std::string::npos) return std::nullopt;
  for (size_t i = at + 5; i < content_type.size() && i < at + 11; ++i) {
    if (content_type[i] < '0' || content_type[i] > '9') break;
    type.rate = type.rate * 10 + (content_type[i] - '0');
  }
  if (type.rate < kSlowestRate || type.rate > kFastestRate) return std::nullopt;
  return type;
}

class Connection {
 public:
  Connection(Stream stream, Service& service, net::thread_pool& loaders)
      : stream_(std::move(stream)), service_(service), loaders_(loaders), deadline_(stream_) {}

  net::awaitable<void> Run() {
    deadline_.Set(kHandshake);
    if (co_await stream_.Handshake()) co_return;
    for (bool first = true;; first = false) {
      Parser parser;
      parser.header_limit(kMostHeader);
      parser.body_limit(kMostBody);
      deadline_.Set(first ? kHeader : kQuiet);
      SystemError failed;
      co_await http::async_read_header(stream_, buffer_, parser, Failing(failed));
      if (failed) {
        const bool is_request =
            failed.category() == http::make_error_code(http::error::bad_method).category() &&
            failed != http::error::end_of_stream && failed != http::error::partial_message;
        if (is_request) {
          co_await Send(Problem(failed == http::error::body_limit ? 413 : 400, "bad_request",
                                failed.message()),
                        parser, false);
        }
        co_return;
      }
      if (!co_await Handle(parser)) co_return;
    }
  }

 private:
  /// Whether another request may follow.
  net::awaitable<bool> Handle(Parser& parser) {
    Request request = RequestOf(parser);
    origin_ = request.origin;
    if (const std::optional<Answer> refused = service_.Refuse(request)) {
      origin_.clear();
      co_return co_await Send(*refused, parser, false);
    }
    if (request.method == "OPTIONS") co_return co_await Send({.status = 204}, parser, true);
    if (beast::websocket::is_upgrade(parser.get())) co_return co_await Upgrade(request, parser);
    if (const std::shared_ptr<Show> show = service_.FindShow(request.path, "live.mp4")) {
      co_return co_await Film(request, parser, show);
    }
    // Nobody sends megabytes who may not.
    const std::shared_ptr<Show> speech = service_.FindShow(request.path, "speech");
    const bool may = speech == nullptr ? !request.path.ends_with("/speech")
                                       : service_.AccessOf(request, speech.get()) != Access::kNone;
    const uint64_t most = Service::MostBody(request);
    if (!may) co_return co_await Send(service_.Handle(request), parser, false);
    if (parser.content_length().value_or(0) > most) {
      co_return co_await Send(Problem(413, "limit", "expected a smaller body"), parser, false);
    }
    if (parser.get()[http::field::expect] == "100-continue") co_await Continue();
    if (speech != nullptr && request.method == "POST") {
      if (const std::optional<PcmType> pcm = PcmTypeOf(request.content_type)) {
        co_return co_await Hear(request, parser, speech, *pcm);
      }
    }
    deadline_.Set(kBody);
    std::vector<uint8_t> piece(kPiece);
    while (!parser.is_done()) {
      const std::optional<size_t> count = co_await ReadBody(parser, piece);
      if (!count) co_return false;
      request.body.insert(request.body.end(), piece.begin(),
                          piece.begin() + static_cast<ptrdiff_t>(*count));
      if (request.body.size() > most) {
        co_return co_await Send(Problem(413, "limit", "expected a smaller body"), parser, false);
      }
    }
    deadline_.Clear();
    const bool is_long = request.path == "/v1/sessions" && request.method == "POST";
    Answer answer;
    if (is_long) {
      answer = co_await net::co_spawn(
          loaders_, [&]() -> net::awaitable<Answer> { co_return service_.Handle(request); },
          net::use_awaitable);
    } else {
      answer = service_.Handle(request);
    }
    if (answer.finished != nullptr) co_await WaitFor(answer);
    if (request.method == "HEAD") answer.body.clear();
    co_return co_await Send(answer, parser, true);
  }

  net::awaitable<void> Continue() {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    SystemError ignored;
    co_await net::async_write(stream_, net::buffer(kContinue), Failing(ignored));
  }

  /// Bytes that were read into `piece`; none when the connection failed.
  net::awaitable<std::optional<size_t>> ReadBody(Parser& parser, std::vector<uint8_t>& piece) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    SystemError failed;
    co_await http::async_read_some(stream_, buffer_, parser, Failing(failed));
    if (failed == http::error::need_buffer) failed = {};
    if (failed) co_return std::nullopt;
    co_return piece.size() - body.size;
  }

  /// Speech that is heard while it comes.
  net::awaitable<bool> Hear(Request& request, Parser& parser, std::shared_ptr<Show> show,
                            PcmType type) {
    const auto named = request.query.find("utterance");
    const std::string name = named == request.query.end() ? service_.NewUtterance() : named->second;
    std::optional<Answer> problem;
    std::shared_ptr<Incoming> incoming;
    try {
      incoming = service_.OpenUtterance(*show, name, type.rate);
    } catch (const Error& error) {
      problem = service_.ProblemOf(error);
    }
    if (problem) co_return co_await Send(*problem, parser, false);
    Answer answer = {.status = 202, .body = nlohmann::json({{"utterance", name}}).dump() + "\n"};
    const auto wait = request.query.find("wait");
    if (wait != request.query.end() && wait->second == "1") {
      answer.finished = Service::WaitFor(*show, name);
    }
    const bool whole = co_await HearBody(parser, *show, *incoming, type.high_first, problem);
    show->speech().End(*incoming);
    show->Wake();
    if (problem) co_return co_await Send(*problem, parser, false);
    if (!whole) co_return false;
    deadline_.Clear();
    if (answer.finished != nullptr) co_await WaitFor(answer);
    co_return co_await Send(answer, parser, true);
  }

  /// Whether all of it came and was taken; `problem` when the session has no room for it.
  net::awaitable<bool> HearBody(Parser& parser, Show& show, Incoming& incoming, bool high_first,
                                std::optional<Answer>& problem) {
    std::vector<uint8_t> piece(kPiece);
    std::vector<uint8_t> bytes;  // not yet heard: half a sample
    net::steady_timer pause(stream_.get_executor());
    while (!parser.is_done()) {
      deadline_.Set(kBody);
      const std::optional<size_t> count = co_await ReadBody(parser, piece);
      if (!count) co_return false;
      bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<ptrdiff_t>(*count));
      std::vector<int16_t> samples(bytes.size() / 2);
      for (size_t i = 0; i < samples.size(); ++i) {
        const uint8_t low = bytes[2 * i + (high_first ? 1 : 0)];
        const uint8_t high = bytes[2 * i + (high_first ? 0 : 1)];
        samples[i] = static_cast<int16_t>(high << 8 | low);
      }
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(samples.size() * 2));
      try {
        show.speech().Push(incoming, std::move(samples));
      } catch (const Error& error) {
        show.speech().Fail(incoming, "limit", error.what());
        problem = service_.ProblemOf(error);
      }
      show.Wake();
      if (problem) co_return false;
      while (show.speech().bytes(incoming) > SpeechQueue::kManyBytes && !incoming.dropped &&
             !show.is_closed()) {
        deadline_.Set(kBody);
        SystemError ignored;
        pause.expires_after(kPause);
        co_await pause.async_wait(Failing(ignored));
      }
    }
    co_return true;
  }

  net::awaitable<void> WaitFor(Answer& answer) {
    const auto timer = std::make_shared<net::steady_timer>(stream_.get_executor());
    timer->expires_after(std::chrono::minutes(20));
    answer.finished->Then(
        [timer] { net::post(timer->get_executor(), [timer] { timer->expires_after({}); }); });
    SystemError ignored;
    co_await timer->async_wait(Failing(ignored));
    const std::optional<live::Finished> finished = answer.finished->finished();
    if (!finished) co_return;
    answer.status = 200;
    answer.body = nlohmann::json({{"utterance", finished->utterance},
                                  {"played_ms", finished->played / (live::kTickRate / 1000)},
                                  {"interrupted", finished->interrupted}})
                      .dump() +
                  "\n";
  }

  net::awaitable<bool> Upgrade(const Request& request, Parser& parser) {
    const std::shared_ptr<Show> show = service_.FindShow(request.path, "ws");
    if (show == nullptr) {
      co_return co_await Send(Problem(404, "no_session", "there is no such session (any more)"),
                              parser, false);
    }
    const auto role = request.query.find("role");
    const std::string roles = role == request.query.end() ? "drive,view" : role->second;
    deadline_.Clear();
    http::request<http::empty_body> upgrade;
    upgrade.base() = std::move(parser.get().base());
    co_await RunSocketSession(std::move(stream_), std::move(upgrade), show, roles, service_);
    co_return false;
  }

  net::awaitable<bool> Film(const Request& request, Parser& parser,
                            const std::shared_ptr<Show>& show) {
    if (request.method != "GET") {
      co_return co_await Send(Problem(405, "method", "expected GET"), parser, false);
    }
    if (service_.AccessOf(request, show.get()) == Access::kNone) {
      co_return co_await Send(Problem(401, "token", "expected the token of the session"), parser,
                              false);
    }
    http::response<http::empty_body> head(http::status::ok, parser.get().version());
    SetHeaders(head, "video/mp4", false);
    const bool chunked = parser.get().version() >= 11;
    if (chunked) head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    deadline_.Set(kWrite);
    SystemError failed;
    co_await http::async_write_header(stream_, serializer, Failing(failed));
    deadline_.Clear();
    if (failed) co_return false;
    const auto viewer = std::make_shared<QueuedViewer>(Form::kFile, show, service_.metrics(),
                                                       stream_.get_executor());
    show->Join(viewer);
    service_.Log("ev=viewer_joined form=mp4 session=" + show->options().id);
    while (!failed) {
      const std::optional<Outgoing> item = co_await viewer->Next();
      if (!item) break;
      deadline_.Set(QueuedViewer::kStuck);
      const net::const_buffer bytes = net::buffer(*item->bytes);
      if (chunked) {
        co_await net::async_write(stream_, http::make_chunk(bytes), Failing(failed));
      } else {
        co_await net::async_write(stream_, bytes, Failing(failed));
      }
      deadline_.Clear();
    }
    if (!failed && chunked) {
      deadline_.Set(QueuedViewer::kStuck);
      co_await net::async_write(stream_, http::make_chunk_last(), Failing(failed));
    }
    viewer->Abandon();
    show->Leave(viewer.get());
    service_.Log("ev=viewer_left form=mp4 session=" + show->options().id);
    co_return false;
  }

  template <typename Response>
  void SetHeaders(Response& response, const std::string& type, bool keep_alive) {
    response.set(http::field::server, "mouthpiece");
    response.set(http::field::content_type, type);
    response.set("X-Content-Type-Options", "nosniff");
    if (!origin_.empty()) {
      response.set(http::field::access_control_allow_origin, origin_);
      response.set(http::field::vary, "Origin");
      response.set(http::field::access_control_allow_headers, "Authorization, Content-Type");
      response.set(http::field::access_control_allow_methods, "GET, POST, DELETE");
    }
    response.keep_alive(keep_alive);
  }

  /// Whether another request may follow.
  net::awaitable<bool> Send(const Answer& answer, const Parser& parser, bool body_was_read) {
    // A body that was not read would be taken for the next request.
    const bool keep_alive = body_was_read && parser.is_done() && parser.get().keep_alive();
    http::response<http::string_body> response(static_cast<http::status>(answer.status),
                                               parser.get().version());
    SetHeaders(response, answer.type, keep_alive);
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    if (answer.status == 401) response.set(http::field::www_authenticate, "Bearer");
    response.body() = answer.body;
    if (answer.status != 204 && answer.status != 304) response.prepare_payload();
    if (answer.status >= 400 && answer.status < 500) ++service_.metrics().bad_requests;
    deadline_.Set(kWrite);
    SystemError failed;
    co_await http::async_write(stream_, response, Failing(failed));
    if (!keep_alive && !failed) co_await Linger();
    co_return !failed && keep_alive;
  }

  /// What a client still sends must not take the answer from it.
  net::awaitable<void> Linger() {
    constexpr std::chrono::milliseconds kLinger{500};
    deadline_.Set(kLinger);
    SystemError failed;
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, failed);
    std::vector<uint8_t> piece(kPiece);
    while (!failed) {
      co_await stream_.async_read_some(net::buffer(piece), Failing(failed));
    }
  }

  Stream stream_;
  Service& service_;
  net::thread_pool& loaders_;
  Deadline deadline_;
  beast::flat_buffer buffer_;
  std::string origin_;  ///< Of the request, when it is allowed
};

}  // namespace

net::awaitable<void> RunConnection(Stream stream, Service& service, net::thread_pool& loaders) {
  Connection connection(std::move(stream), service, loaders);
  co_await connection.Run();
}

}  // namespace mouthpiece::serve
