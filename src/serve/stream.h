// A connection, encrypted or not.
#ifndef MOUTHPIECE_SERVE_STREAM_H_
#define MOUTHPIECE_SERVE_STREAM_H_

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <chrono>
#include <memory>
#include <utility>

namespace mouthpiece::serve {

namespace net = boost::asio;
namespace beast = boost::beast;
using tcp = net::ip::tcp;
using SystemError = boost::system::error_code;

/// One type for both, so that HTTP and WebSocket are compiled once. Asio's AsyncStream.
class Stream {
 public:
  using executor_type = tcp::socket::executor_type;

  /// `tls` may be null: plain.
  Stream(tcp::socket socket, net::ssl::context* tls)
      : socket_(std::make_shared<tcp::socket>(std::move(socket))) {
    if (tls != nullptr) tls_ = std::make_unique<net::ssl::stream<tcp::socket&>>(*socket_, *tls);
  }

  executor_type get_executor() noexcept { return socket_->get_executor(); }
  tcp::socket& next_layer() noexcept { return *socket_; }
  const tcp::socket& next_layer() const noexcept { return *socket_; }
  const std::shared_ptr<tcp::socket>& socket() const { return socket_; }

  /// Of TLS; nothing where it is plain.
  net::awaitable<SystemError> Handshake() {
    SystemError failed;
    if (tls_ != nullptr) {
      co_await tls_->async_handshake(net::ssl::stream_base::server,
                                     net::redirect_error(net::use_awaitable, failed));
    }
    co_return failed;
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(SystemError, size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_ != nullptr) {
            tls_->async_read_some(into, std::move(handler));
          } else {
            socket_->async_read_some(into, std::move(handler));
          }
        },
        token, buffers);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(SystemError, size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_ != nullptr) {
            tls_->async_write_some(from, std::move(handler));
          } else {
            socket_->async_write_some(from, std::move(handler));
          }
        },
        token, buffers);
  }

 private:
  std::shared_ptr<tcp::socket> socket_;
  std::unique_ptr<net::ssl::stream<tcp::socket&>> tls_;
};

// What Beast calls to end a connection.
inline void teardown(beast::role_type role, Stream& stream, SystemError& failed) {
  beast::websocket::teardown(role, stream.next_layer(), failed);
}

template <typename Handler>
void async_teardown(beast::role_type role, Stream& stream, Handler&& handler) {
  beast::websocket::async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

/// Closes a connection that takes too long. Of the connection's coroutine.
class Deadline {
 public:
  explicit Deadline(const Stream& stream)
      : socket_(stream.socket()), timer_(stream.socket()->get_executor()) {}

  /// From now on; replaces what was set before.
  void Set(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([socket = socket_](SystemError failed) {
      const std::shared_ptr<tcp::socket> open = socket.lock();
      if (failed || open == nullptr) return;
      SystemError ignored;
      open->close(ignored);
    });
  }
  void Clear() { timer_.cancel(); }

 private:
  std::weak_ptr<tcp::socket> socket_;
  net::steady_timer timer_;
};

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_STREAM_H_
