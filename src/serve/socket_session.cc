#include "serve/socket_session.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mouthpiece/error.h"
#include "serve/message.h"
#include "serve/packet.h"
#include "serve/queued_viewer.h"
#include "serve/token_bucket.h"

namespace mouthpiece::serve {
namespace {

namespace websocket = beast::websocket;

using Steady = std::chrono::steady_clock;
using Socket = websocket::stream<Stream>;

constexpr char kProtocol[] = "mouthpiece.1";
constexpr std::chrono::seconds kHandshake{5};
constexpr std::chrono::seconds kSilent{4};  // then the client has vanished
constexpr std::chrono::milliseconds kPause{20};
constexpr double kTextsASecond = 200;
constexpr double kTextsAtOnce = 400;

auto Failing(SystemError& failed) { return net::redirect_error(net::use_awaitable, failed); }

/// One client.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Stream stream, std::shared_ptr<Show> show, const std::string& role, Service& service)
      : socket_(std::move(stream)),
        show_(std::move(show)),
        may_drive_(role.find("drive") != std::string::npos),
        may_view_(role.find("view") != std::string::npos),
        service_(service),
        texts_(kTextsASecond, kTextsAtOnce) {}

  net::awaitable<void> Run(beast::http::request<beast::http::empty_body> upgrade) {
    beast::http::token_list protocols{upgrade[beast::http::field::sec_websocket_protocol]};
    SetOptions(protocols.exists(kProtocol));  // who asked for none may get none
    SystemError failed;
    co_await socket_.async_accept(upgrade, Failing(failed));
    if (failed) co_return;
    if (!co_await Greet()) co_return;
    show_->Join(viewer_);
    service_.Log("ev=viewer_joined session=" + show_->options().id);
    net::co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()]() -> net::awaitable<void> { co_await self->Write(); },
        net::detached);
    co_await Read();
    viewer_->Abandon();
    show_->Leave(viewer_.get());
    EndUtterance();
    service_.Log("ev=viewer_left session=" + show_->options().id);
  }

 private:
  void SetTimeout(websocket::stream_base::duration silent) {
    socket_.set_option(websocket::stream_base::timeout{kHandshake, silent, true});
  }

  void SetOptions(bool names_protocol) {
    SetTimeout(kSilent);
    if (names_protocol) {
      socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
        response.set(beast::http::field::sec_websocket_protocol, kProtocol);
      }));
    }
    socket_.read_message_max(kMostSpeechBytes);
    socket_.auto_fragment(false);
  }

  net::awaitable<void> Close(websocket::close_code code, std::string reason) {
    constexpr size_t kMostReason = 120;  // of 123 bytes
    reason.resize(std::min(reason.size(), kMostReason));
    SystemError ignored;
    co_await socket_.async_close({code, reason}, Failing(ignored));
  }

  /// Whether the first message is one of a client that may be here.
  net::awaitable<bool> Greet() {
    beast::flat_buffer buffer;
    SystemError failed;
    Deadline deadline(socket_.next_layer());
    deadline.Set(kHandshake);
    co_await socket_.async_read(buffer, Failing(failed));
    deadline.Clear();
    if (failed) co_return false;
    std::string problem;
    try {
      const ClientMessage message = ReadMessage(TextOf(buffer));
      const auto* hello = std::get_if<Hello>(&message);
      if (hello == nullptr) {
        problem = "expected hello first";
      } else if (!service_.IsToken(hello->token, *show_)) {
        problem = "expected the token of the session";
      } else {
        const Form form = !may_view_ ? Form::kEvents : hello->mp4 ? Form::kPieces : Form::kPackets;
        viewer_ =
            std::make_shared<QueuedViewer>(form, show_, service_.metrics(), socket_.get_executor());
      }
    } catch (const Error& error) {
      problem = error.what();
    }
    if (problem.empty()) co_return true;
    ++service_.metrics().bad_requests;
    co_await Close(websocket::close_code::policy_error, problem);
    co_return false;
  }

  net::awaitable<void> Write() {
    SystemError failed;
    Deadline deadline(socket_.next_layer());
    while (std::optional<Outgoing> item = co_await viewer_->Next()) {
      socket_.text(item->is_text());
      deadline.Set(QueuedViewer::kStuck);
      co_await socket_.async_write(net::buffer(*item->bytes), Failing(failed));
      deadline.Clear();
      if (failed) co_return;
    }
    if (viewer_->reason().empty()) co_return;  // the client has gone
    const bool is_server = viewer_->is_stuck() || service_.is_draining();
    co_await Close(
        is_server ? websocket::close_code::try_again_later : websocket::close_code::normal,
        viewer_->reason());
  }

  net::awaitable<void> Read() {
    beast::flat_buffer buffer;
    net::steady_timer pause(socket_.get_executor());
    while (true) {
      SystemError failed;
      co_await socket_.async_read(buffer, Failing(failed));
      if (failed == beast::error::timeout) ++service_.metrics().vanished;
      if (failed) co_return;
      std::string problem;
      try {
        if (socket_.got_text()) {
          Handle(TextOf(buffer));
        } else {
          Hear({static_cast<const uint8_t*>(buffer.data().data()), buffer.size()});
        }
      } catch (const Error& error) {
        problem = error.what();
      }
      if (!problem.empty()) {
        ++service_.metrics().bad_requests;
        viewer_->Abandon();
        co_await Close(websocket::close_code::policy_error, problem);
        co_return;
      }
      buffer.consume(buffer.size());
      // Reading on would pile up what the session has no room for.
      bool paused = false;
      while (incoming_ != nullptr && show_->speech().bytes(*incoming_) > SpeechQueue::kManyBytes &&
             !incoming_->dropped && !show_->is_closed()) {
        // Who is not read cannot show that he is there.
        if (!std::exchange(paused, true)) SetTimeout(websocket::stream_base::none());
        pause.expires_after(kPause);
        co_await pause.async_wait(Failing(failed));
      }
      if (paused) SetTimeout(kSilent);
    }
  }

  static std::string_view TextOf(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
  }

  void Handle(std::string_view text) {
    if (!texts_.Take(Steady::now())) {
      throw Error(ErrorCode::kInvalidArgument, "expected fewer messages a second");
    }
    std::visit([this](const auto& message) { Handle(message); }, ReadMessage(text));
  }

  void Handle(const Hello&) {
    throw Error(ErrorCode::kInvalidArgument, "expected hello once, found it twice");
  }
  void Handle(const Keyframe&) { show_->WantKey(); }
  void Handle(const Ping& ping) { viewer_->Tell(PongText(ping.t, show_->Now())); }
  void Handle(const Playhead& playhead) { show_->Hear(playhead); }

  void Handle(const Speak& speak) {
    EndUtterance();
    incoming_ = Open(speak.utterance, speak.rate);
  }

  void Handle(const Say& say) {
    if (!service_.has_tts()) {
      viewer_->Tell(
          serve::ErrorText("no_tts", "the server was started without --tts", say.utterance));
      return;
    }
    const std::shared_ptr<Incoming> incoming = Open(say.utterance, 0);
    if (incoming != nullptr && !incoming->dropped) service_.Say(show_, incoming, say.text);
  }

  void Handle(const End& end) {
    if (incoming_ == nullptr) return;
    if (!end.utterance || *end.utterance == incoming_->name) EndUtterance();
  }

  void Handle(const Interrupt& interrupt) {
    MustDrive();
    show_->Interrupt(interrupt.utterance, interrupt.heard);
  }

  void MustDrive() const {
    if (!may_drive_) {
      throw Error(ErrorCode::kInvalidArgument, "expected role drive of one who speaks");
    }
  }

  /// Null when it was refused, which the client has been told.
  std::shared_ptr<Incoming> Open(const std::string& utterance, int rate) {
    MustDrive();
    if (service_.is_draining()) {
      viewer_->Tell(serve::ErrorText("limit", "the server ends", utterance));
      return nullptr;
    }
    std::shared_ptr<Incoming> incoming;
    try {
      incoming = show_->speech().Open(utterance, rate);
    } catch (const Error& error) {
      viewer_->Tell(serve::ErrorText("limit", error.what(), utterance));
      return nullptr;
    }
    if (!show_->speech().Reserve(show_->avatar().frame_ms())) {
      show_->speech().Fail(*incoming, "limit", "there is no room for one more who speaks");
      show_->Wake();
    }
    return incoming;
  }

  void Hear(std::span<const uint8_t> packet) {
    MustDrive();
    std::vector<int16_t> samples = ReadSpeech(packet);
    if (incoming_ == nullptr) return;  // of one that was ended or refused
    try {
      show_->speech().Push(*incoming_, std::move(samples));
    } catch (const Error& error) {
      viewer_->Tell(serve::ErrorText("limit", error.what(), incoming_->name));
      EndUtterance();
    }
    show_->Wake();
  }

  void EndUtterance() {
    if (incoming_ == nullptr) return;
    show_->speech().End(*incoming_);
    incoming_.reset();
    show_->Wake();
  }

  Socket socket_;
  const std::shared_ptr<Show> show_;
  const bool may_drive_;
  const bool may_view_;
  Service& service_;
  std::shared_ptr<QueuedViewer> viewer_;
  std::shared_ptr<Incoming> incoming_;  ///< The utterance that is open
  TokenBucket texts_;
};

}  // namespace

net::awaitable<void> RunSocketSession(Stream stream,
                                      beast::http::request<beast::http::empty_body> upgrade,
                                      std::shared_ptr<Show> show, const std::string& role,
                                      Service& service) {
  const auto client = std::make_shared<Client>(std::move(stream), std::move(show), role, service);
  co_await client->Run(std::move(upgrade));
}

}  // namespace mouthpiece::serve
