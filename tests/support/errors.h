// The errors that a test expects.
#ifndef MOUTHPIECE_TESTS_SUPPORT_ERRORS_H_
#define MOUTHPIECE_TESTS_SUPPORT_ERRORS_H_

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::testing {

/// What `action` throws; a test failure when it throws nothing.
inline Error ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "an error was expected";
  return Error(ErrorCode::kInternal, "");
}

inline bool Contains(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

/// Runs `action`, which must throw an Error of that code in one line that holds each of `parts`.
template <typename Action>
void ExpectError(ErrorCode code, std::initializer_list<std::string> parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "an error about " << *parts.begin() << " was expected";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), code) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' in: " << message;
    }
  }
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_ERRORS_H_
