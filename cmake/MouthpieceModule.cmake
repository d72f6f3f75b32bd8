# Where unit tests write: two builds may be tested at once.
set(MOUTHPIECE_TEST_FOLDER ${PROJECT_BINARY_DIR}/temporary)
file(MAKE_DIRECTORY ${MOUTHPIECE_TEST_FOLDER})

# mouthpiece_module(NAME [SOURCES ...] [LINK ...] [TESTS ...] [BENCHMARKS ...])
#
# A module of src/: the static library mouthpiece_NAME (an interface library without SOURCES), one
# test program of its TESTS, one benchmark program of its BENCHMARKS.
function(mouthpiece_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;TESTS;BENCHMARKS" ${ARGN})
  set(target mouthpiece_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
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
    add_executable(${name}_test ${arg_TESTS})
    mouthpiece_warnings(${name}_test)
    target_link_libraries(${name}_test PRIVATE ${target} GTest::gtest_main)
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${name}_test PRIVATE
      MOUTHPIECE_FIXTURES="${PROJECT_BINARY_DIR}/fixtures"
      MOUTHPIECE_SHARED="${PROJECT_SOURCE_DIR}/../shared")
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES FIXTURES_REQUIRED drawn_package)
    set(environment TEST_TMPDIR=${MOUTHPIECE_TEST_FOLDER})
    if(MOUTHPIECE_SANITIZE)
      # Without the first, the TBB of OpenVINO loads a library in a way that ASan forbids.
      list(APPEND environment TBB_ENABLE_SANITIZERS=1
        LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leak_suppressions.txt)
    endif()
    set_tests_properties(unit.${name} PROPERTIES ENVIRONMENT "${environment}")
  endif()
  if(arg_BENCHMARKS AND MOUTHPIECE_BUILD_BENCHMARKS)
    add_executable(${name}_bench ${arg_BENCHMARKS})
    mouthpiece_warnings(${name}_bench)
    target_link_libraries(${name}_bench PRIVATE ${target} benchmark::benchmark_main)
  endif()
endfunction()

function(mouthpiece_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(MOUTHPIECE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

if(MOUTHPIECE_SANITIZE)
  add_compile_options(-fsanitize=${MOUTHPIECE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MOUTHPIECE_SANITIZE})
endif()
