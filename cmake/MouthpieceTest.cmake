include(GoogleTest)

# A real avatar package and its sound, which tests use where they are there: the one thing outside
# the source tree that a test may know.
set(MOUTHPIECE_SHARED_DEFAULT "")
if(EXISTS ${PROJECT_SOURCE_DIR}/../shared/avatars)
  cmake_path(SET MOUTHPIECE_SHARED_DEFAULT NORMALIZE ${PROJECT_SOURCE_DIR}/../shared)
endif()
set(MOUTHPIECE_SHARED "${MOUTHPIECE_SHARED_DEFAULT}" CACHE PATH
  "Folder with avatars/ and audio/ of a real avatar; tests that want them are skipped without it")

# Where unit tests write: two builds may be tested at once.
set(MOUTHPIECE_TEST_FOLDER ${PROJECT_BINARY_DIR}/temporary)
file(MAKE_DIRECTORY ${MOUTHPIECE_TEST_FOLDER})

set(MOUTHPIECE_TEST_ENVIRONMENT
  TEST_TMPDIR=${MOUTHPIECE_TEST_FOLDER} MOUTHPIECE_SHARED=${MOUTHPIECE_SHARED})
if(MOUTHPIECE_SANITIZE)
  # Without the first, the TBB of OpenVINO loads a library in a way that ASan forbids.
  list(APPEND MOUTHPIECE_TEST_ENVIRONMENT TBB_ENABLE_SANITIZERS=1
    LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leak_suppressions.txt
    # OpenVINO locks where ThreadSanitizer does not look, and unlocks where it does.
    TSAN_OPTIONS=report_mutex_bugs=0:suppressions=${PROJECT_SOURCE_DIR}/tests/thread_suppressions.txt)
endif()

# mouthpiece_test(NAME SOURCES ... [LINK ...] [FIXTURES ...])
#
# The program NAME_test. ctest runs each of its tests in a process of its own, as unit.NAME.SUITE.TEST,
# so that one that is skipped is seen to be. FIXTURES are those of tests/CMakeLists.txt.
function(mouthpiece_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;FIXTURES" ${ARGN})
  set(target ${name}_test)
  add_executable(${target} ${arg_SOURCES})
  if(MOUTHPIECE_SANITIZE)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/sanitizers.cc)
    target_compile_definitions(${target} PRIVATE MOUTHPIECE_SANITIZED)  # tests/support/rounds.h
    target_compile_options(${target} PRIVATE -O0)  # half the time to compile; it is the library that is to be quick
  endif()
  mouthpiece_warnings(${target})
  target_link_libraries(${target} PRIVATE mouthpiece_test_support ${arg_LINK} GTest::gtest_main)
  # A program that starts once a test should load no library that it does not use.
  target_link_options(${target} PRIVATE LINKER:--as-needed)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX unit.${name}. TEST_LIST ${target}_names NO_PRETTY_VALUES)
  # Lists among properties do not survive gtest_discover_tests.
  set(properties ${CMAKE_CURRENT_BINARY_DIR}/${target}_properties.cmake)
  file(WRITE ${properties} "
if(${target}_names)
  set_tests_properties(\${${target}_names} PROPERTIES
    LABELS unit
    TIMEOUT 300
    ENVIRONMENT [==[${MOUTHPIECE_TEST_ENVIRONMENT}]==]
    FIXTURES_REQUIRED [==[${arg_FIXTURES}]==])
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${properties})
endfunction()
