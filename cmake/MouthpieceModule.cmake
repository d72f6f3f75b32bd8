# mouthpiece_module(NAME [SOURCES ...] [LINK ...]
#                   [TESTS ...] [TEST_LINK ...] [FIXTURES ...] [BENCHMARKS ...])
#
# A module of src/: the static library mouthpiece_NAME (an interface library without SOURCES), one
# test program of its TESTS, one benchmark program of its BENCHMARKS. src/CMakeLists.txt puts the
# objects of every module into the shared library.
function(mouthpiece_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;TESTS;TEST_LINK;FIXTURES;BENCHMARKS" ${ARGN})
  set(target mouthpiece_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set_property(GLOBAL APPEND PROPERTY MOUTHPIECE_MODULES ${target})
    set(scope PUBLIC)
    mouthpiece_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope}
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${arg_LINK})

  if(arg_TESTS AND MOUTHPIECE_BUILD_TESTS)
    mouthpiece_test(${name} SOURCES ${arg_TESTS} LINK ${target} ${arg_TEST_LINK}
      FIXTURES ${arg_FIXTURES})
  endif()
  if(arg_BENCHMARKS AND MOUTHPIECE_BUILD_BENCHMARKS)
    add_executable(${name}_bench ${arg_BENCHMARKS})
    mouthpiece_warnings(${name}_bench)
    target_link_libraries(${name}_bench PRIVATE ${target} benchmark::benchmark_main)
  endif()
endfunction()

# All that is generated and included: what reads sources without a build (clang-tidy) wants it.
add_custom_target(mouthpiece_generated)

# mouthpiece_shader(TARGET OUTPUT SOURCE [DEFINES...])
#
# Has glslc make OUTPUT.inc, a list of words for an array, of a compute shader; TARGET includes it.
function(mouthpiece_shader target output source)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/shaders)
  file(MAKE_DIRECTORY ${folder})
  list(TRANSFORM ARGN PREPEND -D OUTPUT_VARIABLE defines)
  add_custom_command(
    OUTPUT ${folder}/${output}.inc
    COMMAND ${GLSLC} -O --target-env=vulkan1.1 -Werror -mfmt=num ${defines} -MD -MF ${folder}/${output}.d
            -MT ${folder}/${output}.inc -o ${folder}/${output}.inc ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPFILE ${folder}/${output}.d
    VERBATIM)
  add_custom_target(${target}_${output} DEPENDS ${folder}/${output}.inc)
  add_dependencies(${target} ${target}_${output})
  add_dependencies(mouthpiece_generated ${target}_${output})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()

function(mouthpiece_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion)  # which g++ does not count among -Wconversion in C++, and clang++ does
  if(MOUTHPIECE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# Files come from strangers: an index beyond an end stops the program instead of reading on. Costs
# nothing that can be measured.
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(MOUTHPIECE_SANITIZE)
  add_compile_options(-fsanitize=${MOUTHPIECE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MOUTHPIECE_SANITIZE})
  if(MOUTHPIECE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)  # what libFuzzer sees of the code that it runs
  endif()
  # Kernels are the slowest files to compile. The oldest and the widest vectors, and AVX2 between
  # them, show what reads or writes too far; release builds test every instruction set.
  add_compile_definitions("HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
endif()
