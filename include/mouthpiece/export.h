// What the shared library shows to programs that link to it.
#ifndef MOUTHPIECE_EXPORT_H_
#define MOUTHPIECE_EXPORT_H_

/// Before each function and class of the public API that is defined in the library. Everything else
/// is hidden (CMake's visibility presets), and tests/exports_test.py holds the library to it.
#define MOUTHPIECE_EXPORT __attribute__((visibility("default")))

/// Before a struct that is declared inside an exported class and defined in the library.
#define MOUTHPIECE_HIDDEN __attribute__((visibility("hidden")))

#endif  // MOUTHPIECE_EXPORT_H_
