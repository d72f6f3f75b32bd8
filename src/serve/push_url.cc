#include "serve/push_url.h"

#include <algorithm>
#include <array>
#include <span>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

constexpr size_t kMostHost = 253;

struct Scheme {
  std::string_view name;
  int port;   ///< 0: must be said
  bool user;  ///< May have a name and a password
  bool path;  ///< May have one, and any query
};

// Not rtmp's user: some builds of FFmpeg would take it for the host.
constexpr std::array<Scheme, 4> kSchemes = {{{"rtmp", 1935, false, true},
                                             {"srt", 0, false, false},
                                             {"rtsp", 554, true, true},
                                             {"udp", 0, false, false}}};

/// The options that a URL without a path may have. Others bind sockets, listen or write elsewhere.
constexpr std::array<std::string_view, 5> kSrtOptions = {"streamid", "passphrase", "pbkeylen",
                                                         "latency", "mode"};
constexpr std::array<std::string_view, 1> kUdpOptions = {"ttl"};

[[noreturn]] void Fail(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "push: expected " + message);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Those of RFC 3986 but the fragment's.
bool IsUrlCharacter(char c) {
  return IsDigit(c) || IsLetter(c) ||
         std::string_view("-._~:/?[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

int PortOf(std::string_view digits) {
  int port = 0;
  const bool is_number =
      !digits.empty() && digits.size() <= 5 && std::ranges::all_of(digits, IsDigit);
  for (const char c : is_number ? digits : "") port = port * 10 + (c - '0');
  if (port < 1 || port > 65535) Fail("a port from 1 to 65535");
  return port;
}

/// "host", "host:port", "[v6]:port"
void ReadHost(std::string_view text, const Scheme& scheme, PushUrl& url) {
  const bool is_v6 = text.starts_with('[');
  const size_t end = is_v6 ? text.find(']') : text.find(':');
  if (is_v6 && end == std::string_view::npos) Fail("a host");
  const size_t size = is_v6 ? end + 1 : std::min(end, text.size());
  const std::string_view host = text.substr(0, size);
  const std::string_view inner = is_v6 ? host.substr(1, host.size() - 2) : host;
  const auto is_known = [is_v6](char c) {
    return c == '.' ||
           (is_v6 ? c == ':' || DigitOf(c) >= 0 : c == '-' || IsDigit(c) || IsLetter(c));
  };
  if (inner.empty() || inner.size() > kMostHost || !std::ranges::all_of(inner, is_known)) {
    Fail("a host");
  }
  url.host = Lower(host);
  const std::string_view rest = text.substr(size);
  if (rest.empty()) {
    url.port = scheme.port;
    if (url.port == 0) Fail("a port, as in " + std::string(scheme.name) + "://host:9000");
  } else {
    if (!rest.starts_with(':')) Fail("a host and a port");
    url.port = PortOf(rest.substr(1));
  }
}

/// A server may take "/a/../b" and "/a/%2e%2e/b" for "/b", which is not below "/a".
void CheckPath(std::string_view path) {
  std::string plain;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      plain += path[i];
      continue;
    }
    const int high = i + 2 < path.size() ? DigitOf(path[i + 1]) : -1;
    const int low = high < 0 ? -1 : DigitOf(path[i + 2]);
    if (low < 0) Fail("% and two hexadecimal digits");
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  plain += '/';
  for (const std::string_view odd : {"/../", "/./", "%", "\\"}) {
    if (plain.find(odd) != std::string::npos) Fail("a path without . and ..");
  }
}

void CheckOptions(std::string_view query, std::span<const std::string_view> known) {
  while (!query.empty()) {
    const std::string_view option = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(option.size() + 1, query.size()));
    const std::string_view name = option.substr(0, option.find('='));
    if (std::ranges::find(known, name) == known.end()) {
      std::string names;
      for (const std::string_view one : known)
        names += (names.empty() ? "" : ", ") + std::string(one);
      Fail("no options but " + names);
    }
    if (name == "mode" && option != "mode=caller") Fail("mode=caller, or no mode");
  }
}

}  // namespace

PushUrl ReadPushUrl(std::string_view text) {
  if (text.size() > kMostPushUrl) Fail("at most " + std::to_string(kMostPushUrl) + " bytes");
  if (!std::ranges::all_of(text, IsUrlCharacter)) Fail("the characters of a URL, without #");
  const size_t colon = text.find("://");
  const auto* scheme = std::ranges::find(kSchemes, text.substr(0, colon), &Scheme::name);
  if (colon == std::string_view::npos || scheme == kSchemes.end()) {
    Fail("rtmp://, srt://, rtsp:// or udp://");
  }
  PushUrl url;
  url.scheme = scheme->name;
  url.url = text;
  const std::string_view rest = text.substr(colon + 3);
  const size_t authority_size = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_size);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (!scheme->user) Fail("no user before the host");
    authority.remove_prefix(at + 1);
  }
  ReadHost(authority, *scheme, url);
  const std::string_view target = rest.substr(authority_size);
  url.path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(url.path.size() + 1, target.size()));
  if (scheme->path) {
    CheckPath(url.path);
    return url;
  }
  if (url.path == "/") url.path.clear();
  if (!url.path.empty()) Fail("no path");
  CheckOptions(query, url.scheme == "srt" ? std::span<const std::string_view>(kSrtOptions)
                                          : std::span<const std::string_view>(kUdpOptions));
  return url;
}

PushUrl ReadPushPrefix(std::string_view text) {
  PushUrl url = ReadPushUrl(text);
  if (text.find_first_of("?@") != std::string_view::npos) {
    Fail("a prefix without a user and a query");
  }
  return url;
}

bool IsPushAllowed(const PushUrl& url, const std::vector<PushUrl>& prefixes) {
  return std::ranges::any_of(prefixes, [&url](const PushUrl& prefix) {
    if (url.scheme != prefix.scheme || url.host != prefix.host || url.port != prefix.port) {
      return false;
    }
    std::string_view path = prefix.path;
    if (path.ends_with('/')) path.remove_suffix(1);
    if (!url.path.starts_with(path)) return false;
    return url.path.size() == path.size() || url.path[path.size()] == '/';
  });
}

}  // namespace mouthpiece::serve
