// Lists of jobs: files of JSON lines, or CSV.
#ifndef MOUTHPIECE_APPS_JOB_LIST_H_
#define MOUTHPIECE_APPS_JOB_LIST_H_

#include <string>
#include <vector>

#include "job_field.h"

namespace mouthpiece::cli {

/// What one line of a list gives.
struct JobLine {
  int line = 0;  ///< From 1; of a record of several lines, the first
  std::vector<JobField> fields;
};

/// What is wrong with a line.
struct LineProblem {
  int line = 0;
  std::string message;
};

struct JobList {
  std::vector<JobLine> lines;
  std::vector<LineProblem> problems;
};

/// A JSON object a line, or, for `is_csv`, records of RFC 4180 below a line of names. Empty lines,
/// null and empty cells give nothing; a byte order mark is ignored.
JobList ParseJobList(const std::string& text, bool is_csv);

/// Reads a list, whose name says whether it is CSV; standard input, of JSON lines, for "-". Throws
/// Error (kInvalidArgument) naming what cannot be read.
JobList ReadJobList(const std::string& name);

}  // namespace mouthpiece::cli

#endif  // MOUTHPIECE_APPS_JOB_LIST_H_
