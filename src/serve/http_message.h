// Requests and answers of HTTP, as far as they matter here.
#ifndef MOUTHPIECE_SERVE_HTTP_MESSAGE_H_
#define MOUTHPIECE_SERVE_HTTP_MESSAGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mouthpiece::serve {

class FinishedWait;

struct Request {
  std::string method;
  std::string path;                          ///< Without the query
  std::map<std::string, std::string> query;  ///< Decoded; of a name that comes twice the last
  std::string authorization;                 ///< Headers as they came, empty where there was none
  std::string host;
  std::string origin;
  std::string content_type;
  std::string if_none_match;
  std::vector<uint8_t> body;
};

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// Not null: the answer is given when the utterance is finished, with what it says then.
  std::shared_ptr<FinishedWait> finished = nullptr;
};

/// Path and query of a request's target.
void ReadTarget(std::string_view target, Request& request);

/// {"error": code, "message": message}
Answer Problem(int status, std::string_view code, std::string_view message, int retry_after_s = 0);

/// "http://host:8010" of an Origin header is the same as the host that was asked, or one of those
/// that are allowed.
bool IsOriginAllowed(const std::string& origin, const std::string& host,
                     const std::vector<std::string>& allowed);

/// Whether a Host header names this machine's loopback: what a page elsewhere cannot make it say.
bool IsLoopbackHost(std::string_view host);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_HTTP_MESSAGE_H_
