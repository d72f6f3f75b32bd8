# Everything the project links to, found once. README says how to install it.
find_package(Threads REQUIRED)
find_package(JPEG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET
  libavformat libavcodec libswresample libswscale libavutil)
pkg_check_modules(KISSFFT REQUIRED IMPORTED_TARGET kissfft-float)
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET libhwy)
# ONNX's protocol buffers, which want those of Google; nothing of ONNX's own code.
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED CONFIG)
if(NOT TARGET ONNX::onnx_proto)  # Debian 12's has no namespace yet
  add_library(ONNX::onnx_proto ALIAS onnx_proto)
endif()
if(MOUTHPIECE_BUILD_APPS STREQUAL AUTO)
  find_package(CLI11 QUIET)
  set(MOUTHPIECE_BUILD_APPS ${CLI11_FOUND})
  if(NOT CLI11_FOUND)
    message(STATUS "CLI11 is not installed: without the mouthpiece program")
  endif()
elseif(MOUTHPIECE_BUILD_APPS)
  find_package(CLI11 REQUIRED)
endif()
# Of `mouthpiece serve` alone, which is left out where they are not installed: Boost's headers (Asio,
# Beast) and OpenSSL.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # by Boost's own CMake files: CMake's are to go
endif()
find_package(Boost 1.74 QUIET)
find_package(OpenSSL QUIET)
if(Boost_FOUND AND OPENSSL_FOUND)
  set(MOUTHPIECE_SERVE_FOUND ON)
else()
  set(MOUTHPIECE_SERVE_FOUND OFF)
endif()
if(MOUTHPIECE_SERVE STREQUAL AUTO)
  set(MOUTHPIECE_SERVE ${MOUTHPIECE_SERVE_FOUND})
  if(NOT MOUTHPIECE_SERVE)
    message(STATUS "Boost or OpenSSL is not installed: without mouthpiece serve")
  endif()
elseif(MOUTHPIECE_SERVE AND NOT MOUTHPIECE_SERVE_FOUND)
  message(FATAL_ERROR "mouthpiece serve wants Boost 1.74 or newer (libboost-dev) and OpenSSL (libssl-dev); "
                      "-DMOUTHPIECE_SERVE=OFF leaves it out")
endif()
# Of `--device vulkan` alone: headers, and a compiler for shaders. The library itself is looked for when
# a device is asked for.
find_path(VULKAN_HEADERS vulkan/vulkan.h)
find_program(GLSLC glslc)
if(VULKAN_HEADERS AND GLSLC)
  set(MOUTHPIECE_VULKAN_FOUND ON)
else()
  set(MOUTHPIECE_VULKAN_FOUND OFF)
endif()
if(MOUTHPIECE_VULKAN STREQUAL AUTO)
  set(MOUTHPIECE_VULKAN ${MOUTHPIECE_VULKAN_FOUND})
  if(NOT MOUTHPIECE_VULKAN)
    message(STATUS "Vulkan's headers (libvulkan-dev) or glslc are not installed: without --device vulkan")
  endif()
elseif(MOUTHPIECE_VULKAN AND NOT MOUTHPIECE_VULKAN_FOUND)
  message(FATAL_ERROR "--device vulkan wants Vulkan's headers (libvulkan-dev) and glslc; "
                      "-DMOUTHPIECE_VULKAN=OFF leaves it out")
endif()
if(MOUTHPIECE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MOUTHPIECE_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# OpenVINO comes as a Python wheel that carries its headers and CMake files. The Python of .venv
# is asked first, then the one on the path; -DPython3_EXECUTABLE or -DOpenVINO_DIR overrule both.
if(MOUTHPIECE_OPENVINO)
  if(NOT OpenVINO_DIR OR NOT EXISTS ${OpenVINO_DIR})  # pip's build environments come and go
    if(NOT Python3_EXECUTABLE AND EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
      set(Python3_EXECUTABLE ${PROJECT_SOURCE_DIR}/.venv/bin/python)
    endif()
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    execute_process(
      COMMAND ${Python3_EXECUTABLE} -c
              "import openvino.utils as u; print(u.get_cmake_path(), end='')"
      OUTPUT_VARIABLE openvino_cmake_path ERROR_QUIET)
    if(openvino_cmake_path)
      set(OpenVINO_DIR ${openvino_cmake_path} CACHE PATH "Folder of OpenVINOConfig.cmake" FORCE)
    endif()
  endif()
  find_package(OpenVINO REQUIRED COMPONENTS Runtime)
  get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
  cmake_path(GET openvino_library PARENT_PATH MOUTHPIECE_OPENVINO_FOLDER)
endif()
