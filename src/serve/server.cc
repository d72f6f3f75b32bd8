#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "mouthpiece/error.h"
#include "mouthpiece/serve.h"
#include "serve/connection.h"
#include "serve/service.h"
#include "serve/stream.h"

namespace mouthpiece {
namespace {

using serve::SystemError;
using serve::tcp;
namespace net = boost::asio;
using Steady = std::chrono::steady_clock;

constexpr int kLoaders = 4;
constexpr int kMostConnections = 4096;
constexpr std::chrono::milliseconds kLook{50};  // for a request to end
constexpr std::chrono::seconds kLongestDrain{60};
constexpr std::chrono::seconds kLongestGoodbye{2};
constexpr int kSendBuffer = 131072;  // what is in it cannot be taken back
constexpr int kMostUnsent = 32768;

/// "ADDRESS:PORT" or "[ADDRESS]:PORT"
tcp::endpoint EndpointOf(const std::string& listen) {
  const auto fail = [&] {
    throw Error(ErrorCode::kInvalidArgument,
                "--listen: expected ADDRESS:PORT, found \"" + listen + "\"");
  };
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) fail();
  std::string address = listen.substr(0, colon);
  if (address == "localhost") address = "127.0.0.1";
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  int port = 0;
  const std::string digits = listen.substr(colon + 1);
  if (digits.empty() || digits.size() > 5) fail();
  for (const char c : digits) {
    if (c < '0' || c > '9') fail();
    port = port * 10 + (c - '0');
  }
  SystemError failed;
  const net::ip::address ip = net::ip::make_address(address, failed);
  if (failed || port > 65535) fail();
  return {ip, static_cast<uint16_t>(port)};
}

std::unique_ptr<net::ssl::context> TlsOf(const ServeOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return nullptr;
  if (options.tls_certificate.empty() || options.tls_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "--tls-cert and --tls-key: expected both or none, found one");
  }
  auto tls = std::make_unique<net::ssl::context>(net::ssl::context::tls_server);
  tls->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                   net::ssl::context::no_tlsv1_1 | net::ssl::context::no_sslv3);
  SystemError failed;
  tls->use_certificate_chain_file(options.tls_certificate.string(), failed);
  if (failed) {
    throw Error(
        ErrorCode::kInvalidArgument,
        options.tls_certificate.string() + ": expected a certificate, found: " + failed.message());
  }
  tls->use_private_key_file(options.tls_key.string(), net::ssl::context::pem, failed);
  if (failed) {
    throw Error(
        ErrorCode::kInvalidArgument,
        options.tls_key.string() + ": expected the certificate's key, found: " + failed.message());
  }
  return tls;
}

void Tune(tcp::socket& socket) {
  SystemError ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(net::socket_base::send_buffer_size(kSendBuffer), ignored);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent,
             sizeof(kMostUnsent));
}

}  // namespace

struct Server::State {
  explicit State(const ServeOptions& options)
      : endpoint(EndpointOf(options.listen)),
        tls(TlsOf(options)),
        service(options, endpoint.address().is_loopback()),
        acceptor(io) {
    SystemError failed;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(net::socket_base::reuse_address(true), failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(net::socket_base::max_listen_connections, failed);
    if (failed) {
      throw Error(ErrorCode::kIo, "--listen " + options.listen + ": " + failed.message());
    }
    endpoint = acceptor.local_endpoint();
  }

  net::awaitable<void> Accept() {
    while (true) {
      SystemError failed;
      tcp::socket socket(io);
      co_await acceptor.async_accept(socket, net::redirect_error(net::use_awaitable, failed));
      if (failed == net::error::operation_aborted) co_return;
      if (failed) {  // no file is left, say
        net::steady_timer pause(io, kLook);
        co_await pause.async_wait(net::use_awaitable);
        continue;
      }
      if (connections >= kMostConnections) continue;
      Tune(socket);
      ++connections;
      net::co_spawn(
          io, serve::RunConnection(serve::Stream(std::move(socket), tls.get()), service, loaders),
          [this](const std::exception_ptr& thrown) { EndConnection(thrown); });
    }
  }

  void EndConnection(const std::exception_ptr& thrown) {
    --connections;
    if (thrown == nullptr) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      service.Log(std::string("ev=connection_failed why=\"") + error.what() + "\"");
    }
  }

  net::awaitable<void> Watch(const std::atomic<bool>& stop) {
    net::steady_timer timer(io);
    const auto wait = [&] {
      timer.expires_after(kLook);
      return timer.async_wait(net::use_awaitable);
    };
    for (Steady::time_point swept = Steady::now(); !stop; co_await wait()) {
      if (Steady::now() - swept < std::chrono::seconds(1)) continue;
      swept = Steady::now();
      service.Sweep();
    }
    service.Log("ev=draining");
    service.Drain();
    const Steady::time_point begin = Steady::now();
    while (service.Unfinished() > 0 && Steady::now() - begin < kLongestDrain) co_await wait();
    acceptor.close();
    service.CloseAll("the server ends", 5);
    const Steady::time_point parting = Steady::now();
    while (connections > 0 && Steady::now() - parting < kLongestGoodbye) co_await wait();
    service.Log("ev=ended");
    io.stop();
  }

  tcp::endpoint endpoint;
  std::unique_ptr<net::ssl::context> tls;
  serve::Service service;
  net::thread_pool loaders{kLoaders};
  net::io_context io{1};  ///< Its connections end before the service
  tcp::acceptor acceptor;
  int connections = 0;
};

Server::Server(const ServeOptions& options) : state_(std::make_unique<State>(options)) {}

Server::~Server() = default;

std::string Server::address() const {
  const std::string ip = state_->endpoint.address().to_string();
  const std::string host = state_->endpoint.address().is_v6() ? "[" + ip + "]" : ip;
  return std::string(state_->tls ? "https" : "http") + "://" + host + ":" +
         std::to_string(state_->endpoint.port()) + "/";
}

void Server::Run(const std::atomic<bool>& stop) {
  State& state = *state_;
  net::co_spawn(state.io, state.Accept(), net::detached);
  net::co_spawn(state.io, state.Watch(stop), net::detached);
  state.io.run();
  state.loaders.join();  // what they load for is still there
}

}  // namespace mouthpiece
