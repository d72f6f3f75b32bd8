// A connection of HTTP.
#ifndef MOUTHPIECE_SERVE_CONNECTION_H_
#define MOUTHPIECE_SERVE_CONNECTION_H_

#include <boost/asio/thread_pool.hpp>

#include "serve/service.h"
#include "serve/stream.h"

namespace mouthpiece::serve {

/// Serves requests until the connection ends, or becomes a WebSocket and that ends. `loaders` do
/// what takes long.
net::awaitable<void> RunConnection(Stream stream, Service& service, net::thread_pool& loaders);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_CONNECTION_H_
