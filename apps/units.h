// Numbers as people write them on a command line.
#ifndef MOUTHPIECE_APPS_UNITS_H_
#define MOUTHPIECE_APPS_UNITS_H_

#include <cstdint>
#include <string>

#include "mouthpiece/types.h"

namespace mouthpiece::cli {

/// "2GiB", "500M", "1.5 GB", "4096": bytes. KiB, MiB, GiB and TiB are powers of 1024; K, M, G, T
/// with or without B are powers of 1000. Throws Error (kInvalidArgument).
uint64_t ParseBytes(const std::string& text);

/// "4M", "800k", "2500000": bits a second, powers of 1000.
int64_t ParseBitrate(const std::string& text);

/// "A:B", half-open. Throws Error (kInvalidArgument).
FrameRange ParseFrames(const std::string& text);

/// "I/N", I from 0 to N-1. Throws Error (kInvalidArgument).
Shard ParseShard(const std::string& text);

/// "1.4 GiB", "12 KiB"
std::string FormatBytes(double bytes);

/// "1:02:03", "4:05"
std::string FormatDuration(double seconds);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_UNITS_H_
