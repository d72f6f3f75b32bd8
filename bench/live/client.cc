#include "client.h"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <deque>
#include <limits>
#include <stdexcept>
#include <utility>

namespace mouthpiece::bench {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using SystemError = boost::system::error_code;
using tcp = net::ip::tcp;

tcp::endpoint ServerAt(int port) {
  return {net::ip::address_v4::loopback(), static_cast<uint16_t>(port)};
}

}  // namespace

struct Network::State {
  net::io_context context{1};
  net::executor_work_guard<net::io_context::executor_type> work = net::make_work_guard(context);
};

Network::Network()
    : state_(std::make_unique<State>()), thread_([this] { state_->context.run(); }) {}

Network::~Network() {
  state_->context.stop();
  thread_.join();
}

HttpAnswer Ask(int port, std::string_view method, const std::string& path,
               const nlohmann::json& body, const std::string& token) {
  net::io_context context;
  tcp::socket socket(context);
  socket.connect(ServerAt(port));
  http::request<http::string_body> request{http::string_to_verb(method), path, 11};
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  request.set(http::field::connection, "close");
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  if (!body.is_null()) request.body() = body.dump();
  request.prepare_payload();
  http::write(socket, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  return {static_cast<int>(response.result_int()),
          nlohmann::json::parse(response.body(), nullptr, false)};
}

/// Touched by the network's thread alone but for what `mutex` guards.
struct Client::Connection : std::enable_shared_from_this<Client::Connection> {
  Connection(net::io_context& context, bool keeps)
      : socket(net::make_strand(context)), keeps_packets(keeps) {}

  void Read() {
    socket.async_read(buffer, [self = shared_from_this()](SystemError failed, size_t) {
      if (failed) return;
      self->Take(std::chrono::steady_clock::now());
      if (!self->is_deaf) self->Read();
    });
  }

  void Take(Time now) {
    const auto bytes = buffer.cdata();
    Received item{.at = now, .text = std::nullopt, .packet = {}, .payload = 0};
    if (socket.got_text()) {
      item.text = nlohmann::json::parse(beast::buffers_to_string(bytes));
    } else {
      item.packet = serve::ReadHeader({static_cast<const uint8_t*>(bytes.data()), bytes.size()});
      item.payload = bytes.size() - serve::kHeaderBytes;
    }
    buffer.clear();
    {
      const std::lock_guard lock(mutex);
      if (!item.text) ++packets;
      if (item.text || keeps_packets) received.push_back(std::move(item));
    }
    changed.notify_all();
  }

  void Send(std::vector<uint8_t> bytes, bool is_text) {
    net::post(socket.get_executor(),
              [self = shared_from_this(), bytes = std::move(bytes), is_text]() mutable {
                self->waiting.emplace_back(std::move(bytes), is_text);
                if (self->waiting.size() == 1) self->Write();
              });
  }

  void Write() {
    socket.text(waiting.front().second);
    socket.async_write(net::buffer(waiting.front().first),
                       [self = shared_from_this()](SystemError failed, size_t) {
                         if (failed) return;
                         self->waiting.pop_front();
                         if (!self->waiting.empty()) self->Write();
                       });
  }

  websocket::stream<tcp::socket> socket;
  beast::flat_buffer buffer;
  std::deque<std::pair<std::vector<uint8_t>, bool>> waiting;  ///< With whether it is text
  bool is_deaf = false;

  const bool keeps_packets;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<Received> received;
  int64_t packets = 0;
};

Client::Client(Network& network, int port, const ClientOptions& options) : port_(port) {
  const HttpAnswer answer = Ask(port, "POST", "/v1/sessions", options.session);
  if (answer.status != 201) {
    throw std::runtime_error(std::to_string(answer.status) + " " + answer.body.dump());
  }
  id_ = answer.body["id"];
  token_ = answer.body["token"];
  connection_ = std::make_shared<Connection>(network.state().context, options.keeps_packets);
  tcp::socket& socket = connection_->socket.next_layer();
  socket.connect(ServerAt(port));
  socket.set_option(tcp::no_delay(true));
  connection_->socket.handshake("127.0.0.1:" + std::to_string(port),
                                answer.body["ws"].get<std::string>() + "?role=drive,view");
  connection_->socket.binary(true);
  net::post(connection_->socket.get_executor(), [connection = connection_] { connection->Read(); });
  Say({{"type", "hello"}, {"token", token_}});
  if (!WaitForText("ready", {}, std::chrono::seconds(30))) {
    throw std::runtime_error("a session that does not get ready");
  }
}

Client::~Client() {
  Abort();
  try {
    Ask(port_, "DELETE", "/v1/sessions/" + id_, {}, token_);
  } catch (const std::exception&) {
    return;  // a server that is gone has no session
  }
}

void Client::Say(const nlohmann::json& message) {
  const std::string text = message.dump();
  connection_->Send({text.begin(), text.end()}, true);
}

void Client::Push(std::span<const int16_t> samples) {
  connection_->Send(
      serve::MakePacket({.kind = serve::PacketKind::kSpeech}, serve::BytesOf(samples)), false);
}

std::vector<Received> Client::received() const {
  const std::lock_guard lock(connection_->mutex);
  return connection_->received;
}

int64_t Client::packets() const {
  const std::lock_guard lock(connection_->mutex);
  return connection_->packets;
}

void Client::Clear() {
  const std::lock_guard lock(connection_->mutex);
  connection_->received.clear();
}

bool Client::WaitFor(std::chrono::milliseconds most,
                     const std::function<bool(const std::vector<Received>&)>& is_enough) const {
  std::unique_lock lock(connection_->mutex);
  return connection_->changed.wait_for(lock, most,
                                       [&] { return is_enough(connection_->received); });
}

bool Client::WaitForText(std::string_view type, std::string_view utterance,
                         std::chrono::milliseconds most) const {
  size_t seen = 0;
  return WaitFor(most, [&](const std::vector<Received>& received) {
    for (seen = std::min(seen, received.size()); seen < received.size(); ++seen) {
      const Received& item = received[seen];
      if (item.IsText(type) && (utterance.empty() || item.Tells("utterance", utterance))) {
        return true;
      }
    }
    return false;
  });
}

void Client::Synchronise(int count) {
  double quickest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < count; ++i) {
    const Time begin = std::chrono::steady_clock::now();
    const double name = Seconds(begin.time_since_epoch()).count();
    Say({{"type", "ping"}, {"t", name}});
    const auto is_mine = [&](const Received& item) {
      return item.IsText("pong") && (*item.text)["t"].get<double>() == name;
    };
    Received pong{};
    const bool came = WaitFor(std::chrono::seconds(5), [&](const std::vector<Received>& received) {
      for (auto item = received.rbegin(); item != received.rend(); ++item) {
        if (is_mine(*item)) {
          pong = *item;
          return true;
        }
      }
      return false;
    });
    if (!came) throw std::runtime_error("no pong");
    const double took = MillisecondsBetween(begin, pong.at);
    if (took >= quickest) continue;
    quickest = took;
    const auto pts = (*pong.text)["pts"].get<live::Ticks>();
    anchor_ = begin + (pong.at - begin) / 2 - std::chrono::nanoseconds(pts * 62500 / 3);
  }
}

Time Client::TimeOf(live::Ticks pts) const {
  return anchor_ + std::chrono::nanoseconds(pts * 62500 / 3);
}

void Client::Abort() {
  net::post(connection_->socket.get_executor(), [connection = connection_] {
    SystemError ignored;
    tcp::socket& socket = connection->socket.next_layer();
    socket.set_option(net::socket_base::linger(true, 0), ignored);  // a reset
    socket.close(ignored);
  });
}

void Client::GoDeaf() {
  net::post(connection_->socket.get_executor(),
            [connection = connection_] { connection->is_deaf = true; });
}

}  // namespace mouthpiece::bench
