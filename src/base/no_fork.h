// Forks that wait until libraries have left their process-wide state whole.
#ifndef MOUTHPIECE_BASE_NO_FORK_H_
#define MOUTHPIECE_BASE_NO_FORK_H_

namespace mouthpiece {

/// While one exists, a thread that forks waits: the child would inherit what this thread is in the
/// middle of, such as a lock that nobody opens. For calls into libraries that keep lists of their
/// own for the process (making, running and dropping OpenVINO's networks, opening FFmpeg's codecs);
/// never around something that waits for a thread that may want one. A fork then waits 50 ms more,
/// in which the libraries' own threads, which take their locks too, go to sleep. May be nested.
/// Thread-safe.
class NoFork {
 public:
  NoFork();
  ~NoFork();
  NoFork(const NoFork&) = delete;
  NoFork& operator=(const NoFork&) = delete;
};

/// The same for work that one thread begins and another ends.
class NoForkMeanwhile {
 public:
  NoForkMeanwhile();
  ~NoForkMeanwhile();
  NoForkMeanwhile(const NoForkMeanwhile&) = delete;
  NoForkMeanwhile& operator=(const NoForkMeanwhile&) = delete;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_BASE_NO_FORK_H_
