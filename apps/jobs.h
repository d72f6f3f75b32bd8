// Many renders in one process.
#ifndef MOUTHPIECE_APPS_JOBS_H_
#define MOUTHPIECE_APPS_JOBS_H_

#include <filesystem>
#include <string>

#include "render_options.h"

namespace mouthpiece::cli {

struct JobsArguments {
  std::string avatar;
  std::string list;     ///< --jobs
  JobArguments common;  ///< What lines that do not say otherwise are given
  Machine machine;
  bool resume = false;
  bool quiet = false;
};

/// Renders the jobs of a list; returns the exit status. Throws Error for what is wrong with all of
/// them, and kCancelled, which says what is left.
int RunJobs(const JobsArguments& arguments);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_JOBS_H_
