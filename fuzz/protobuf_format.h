// Protocol buffers, which ONNX files are, as pieces.
#ifndef MOUTHPIECE_FUZZ_PROTOBUF_FORMAT_H_
#define MOUTHPIECE_FUZZ_PROTOBUF_FORMAT_H_

#include "mutation.h"

namespace mouthpiece::fuzz {

/// A piece is a field: how deep it lies, its wire type, its number (four bytes) and its value. That
/// of a message is empty: its fields are the pieces that follow and lie deeper. What could be a
/// message is taken for one. Lengths are made.
extern const Format kProtobuf;

}  // namespace mouthpiece::fuzz

#endif  // MOUTHPIECE_FUZZ_PROTOBUF_FORMAT_H_
