// A WebSocket to a session.
#ifndef MOUTHPIECE_SERVE_SOCKET_SESSION_H_
#define MOUTHPIECE_SERVE_SOCKET_SESSION_H_

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <memory>
#include <string>

#include "serve/service.h"
#include "serve/stream.h"

namespace mouthpiece::serve {

/// Upgrades the connection, whose request is `upgrade`, and serves it until one of both ends it.
/// `role`: "drive", "view" or "drive,view". The client's first message must have a token.
net::awaitable<void> RunSocketSession(Stream stream,
                                      beast::http::request<beast::http::empty_body> upgrade,
                                      std::shared_ptr<Show> show, const std::string& role,
                                      Service& service);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SOCKET_SESSION_H_
