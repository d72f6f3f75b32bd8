// A test's own standard output, taken.
#ifndef MOUTHPIECE_TESTS_SUPPORT_CAPTURED_OUTPUT_H_
#define MOUTHPIECE_TESTS_SUPPORT_CAPTURED_OUTPUT_H_

#include <string>
#include <thread>

namespace mouthpiece::testing {

/// Takes this process's standard output while it lives.
class CapturedOutput {
 public:
  CapturedOutput();
  ~CapturedOutput();
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  void SetNonBlocking();
  void CloseReader();
  /// What was written, after giving standard output back.
  std::string Finish();

 private:
  void Restore();

  int reader_ = -1;
  int saved_ = -1;
  std::string text_;
  std::thread thread_;
};

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_CAPTURED_OUTPUT_H_
