// Lists of jobs: JSON lines where the first byte is even, else CSV.
#include <string>

#include "apps/job_list.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

void Take(const std::string& text, bool is_csv) {
  const cli::JobList list = cli::ParseJobList(text, is_csv);
  int line = 0;
  for (const cli::JobLine& job : list.lines) {
    Require(job.line > line, "lines come in order");
    line = job.line;
    for (const cli::JobField& field : job.fields) {
      Require(!is_csv || (!field.key.empty() && !field.values.empty()), "a cell has a name");
    }
  }
  for (const cli::LineProblem& problem : list.problems) {
    Require(problem.line >= 1 && !problem.message.empty(), "a problem has a line");
  }
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  fuzz::OnlyErrors([&] { fuzz::Take(text, data[0] % 2 != 0); });
  return 0;
}
