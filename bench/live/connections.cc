// Sessions that only look, and connections that go away.
#include <boost/asio.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "scenarios.h"

namespace mouthpiece::bench {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using std::chrono::milliseconds;

/// What somebody has sent when he goes: nothing, a part of a request, a request, nonsense.
std::string BeginningOf(std::mt19937& random) {
  const std::string request =
      "GET /v1/avatars HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n";
  switch (random() % 4) {
    case 0:
      return "";
    case 1:
      return request.substr(0, random() % request.size());
    case 2:
      return request;
    default:
      return std::string(1 + random() % 200, static_cast<char>(random() % 256));
  }
}

tcp::socket ConnectTo(net::io_context& context, int port) {
  tcp::socket socket(context);
  socket.connect({net::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
  return socket;
}

void Send(tcp::socket& socket, const std::string& bytes) {
  boost::system::error_code ignored;  // the server may have closed it
  net::write(socket, net::buffer(bytes), ignored);
}

}  // namespace

nlohmann::json Idle(const Load& load) {
  Network network;
  std::vector<std::unique_ptr<Client>> clients;
  const auto open = [&] {
    return std::make_unique<Client>(network, load.port,
                                    ClientOptions{.session = {}, .keeps_packets = false});
  };
  for (int i = 0; i < load.sessions; ++i) {
    clients.push_back(open());
    std::this_thread::sleep_for(milliseconds(30));  // the server lets 50 a second open
  }
  std::printf("ready\n");
  std::fflush(stdout);
  int64_t before = 0;
  for (const auto& client : clients) before += client->packets();
  const Time begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(Seconds(load.seconds));
  int64_t after = 0;
  for (const auto& client : clients) after += client->packets();
  const double took = Seconds(std::chrono::steady_clock::now() - begin).count();
  return {{"sessions", clients.size()},
          {"seconds", took},
          {"frames_a_second",
           static_cast<double>(after - before) / took / static_cast<double>(clients.size())}};
}

nlohmann::json Churn(const Load& load) {
  net::io_context context;
  std::mt19937 random(11);
  std::vector<tcp::socket> silent;  // half-open: they say nothing more, and do not go
  int sessions = 0;
  int silents = 0;
  Network network;
  std::vector<std::unique_ptr<Client>> deaf;
  for (int i = 0; i < load.count; ++i) {
    if (i % 20 == 0) {  // a viewer who is cut off, or who neither reads nor answers
      auto client = std::make_unique<Client>(network, load.port,
                                             ClientOptions{.session = {}, .keeps_packets = false});
      ++sessions;
      if (i % 40 == 0) {
        client->GoDeaf();
        deaf.push_back(std::move(client));
        if (deaf.size() > 20) deaf.erase(deaf.begin());
      }
      std::this_thread::sleep_for(milliseconds(25));
      continue;
    }
    tcp::socket socket = ConnectTo(context, load.port);
    Send(socket, BeginningOf(random));
    if (i % 20 == 1) {
      silent.push_back(std::move(socket));
      ++silents;
      if (silent.size() > 100) silent.erase(silent.begin());
      continue;
    }
    if (random() % 2 == 0) socket.set_option(net::socket_base::linger(true, 0));  // a reset
  }
  return {{"connections", load.count}, {"sessions", sessions}, {"silent", silents}};
}

}  // namespace mouthpiece::bench
