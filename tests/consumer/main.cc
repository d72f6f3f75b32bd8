// Opens the avatar package argv[1] and renders it to nowhere through the public API.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "mouthpiece/avatar.h"
#include "mouthpiece/error.h"
#include "mouthpiece/renderer.h"
#include "mouthpiece/version.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: consumer AVATAR\n";
    return EXIT_FAILURE;
  }
  try {
    const std::shared_ptr<const mouthpiece::Avatar> avatar = mouthpiece::Avatar::Open(argv[1]);
    mouthpiece::Job job;
    job.frames = mouthpiece::FrameRange{0, 10};
    const mouthpiece::RenderStats stats =
        mouthpiece::Renderer(avatar).Render(job, {.name = "null:"});
    std::cout << "mouthpiece " << mouthpiece::Version() << ": " << stats.frames << " frames of "
              << avatar->width() << "x" << avatar->height() << "\n";
    return stats.frames == 10 ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const mouthpiece::Error& error) {
    std::cerr << "consumer: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
