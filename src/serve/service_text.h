// What the parts of the service say alike.
#ifndef MOUTHPIECE_SERVE_SERVICE_TEXT_H_
#define MOUTHPIECE_SERVE_SERVICE_TEXT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "mouthpiece/live_clock.h"
#include "serve/http_message.h"

namespace mouthpiece::serve {

inline constexpr int kRetryAfter = 2;  // seconds

/// A line; never throws for bytes that are not UTF-8.
inline std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

inline int64_t Ms(live::Ticks ticks) { return ticks / (live::kTickRate / 1000); }

/// Empty where it is missing.
inline std::string QueryOf(const Request& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_SERVICE_TEXT_H_
