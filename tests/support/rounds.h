// How often tests that draw their cases do so.
#ifndef MOUTHPIECE_TESTS_SUPPORT_ROUNDS_H_
#define MOUTHPIECE_TESTS_SUPPORT_ROUNDS_H_

namespace mouthpiece::testing {

#ifdef MOUTHPIECE_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// `count`, or an eighth of it under sanitizers: those take ten times as long, and the first cases
/// go where the others go.
constexpr int Rounds(int count) { return kSanitized ? count / 8 : count; }

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_ROUNDS_H_
