#include "serve/http_message.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mouthpiece::serve {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace

void ReadTarget(std::string_view target, Request& request) {
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark == std::string_view::npos) return;
  std::string_view query = target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    request.query[Decoded(pair.substr(0, equals))] = Decoded(value);
  }
}

Answer Problem(int status, std::string_view code, std::string_view message, int retry_after_s) {
  nlohmann::json json = {{"error", code}, {"message", message}};
  Answer answer = {.status = status};
  if (retry_after_s > 0) {
    json["retry_after_s"] = retry_after_s;
    answer.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  }
  answer.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return answer;
}

bool IsOriginAllowed(const std::string& origin, const std::string& host,
                     const std::vector<std::string>& allowed) {
  if (origin.empty()) return true;  // no browser
  if (std::ranges::find(allowed, origin) != allowed.end()) return true;
  const size_t scheme = origin.find("://");
  return scheme != std::string::npos && !host.empty() && origin.substr(scheme + 3) == host;
}

bool IsLoopbackHost(std::string_view host) {
  const size_t port = host.rfind(':');
  if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos) {
    host = host.substr(0, port);
  }
  if (host == "localhost" || host == "[::1]") return true;
  const auto is_number = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.starts_with("127.") && std::ranges::all_of(host, is_number);
}

}  // namespace mouthpiece::serve
