// Where a session may be pushed to.
#ifndef MOUTHPIECE_SERVE_PUSH_URL_H_
#define MOUTHPIECE_SERVE_PUSH_URL_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mouthpiece::serve {

inline constexpr size_t kMostPushUrl = 1000;

/// A URL that FFmpeg and this read alike, with nothing in it that would make FFmpeg do anything but
/// push to that host and port.
struct PushUrl {
  std::string scheme;  ///< rtmp, srt, rtsp or udp
  std::string host;    ///< In lower case; IPv6 in brackets
  int port = 0;
  std::string path;  ///< With its slash; may be empty
  std::string url;   ///< All of it, secrets too

  /// What others may see: no user, path or query, which hold keys.
  std::string shown() const { return scheme + "://" + host + ":" + std::to_string(port); }
};

/// Throws Error (kInvalidArgument) for what is none; its text has nothing of the URL's.
PushUrl ReadPushUrl(std::string_view text);

/// A place of the operator's, below which all may be pushed to. Throws Error (kInvalidArgument).
PushUrl ReadPushPrefix(std::string_view text);

/// Whether scheme, host and port are those of a prefix, and the path is its path or goes on from
/// it after a slash. A prefix without a path allows all.
bool IsPushAllowed(const PushUrl& url, const std::vector<PushUrl>& prefixes);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PUSH_URL_H_
