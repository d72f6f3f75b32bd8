# What kernels do on lesser machines than this one: tests with each instruction set forced. Those that this machine
# lacks are skipped, and ctest says so.
add_executable(instruction_sets support/instruction_sets.cc)
mouthpiece_warnings(instruction_sets)
target_link_libraries(instruction_sets PRIVATE mouthpiece_base)

set(instruction_sets avx2 avx_vnni avx512 avx512_vnni avx512_bf16 amx)

# forced_tests(NAME COMMAND...): NAME.SET for each instruction set.
function(forced_tests name)
  foreach(set ${instruction_sets})
    add_test(NAME ${name}.${set}
      COMMAND ${python} ${CMAKE_CURRENT_SOURCE_DIR}/with_instruction_set.py
              ${set} $<TARGET_FILE:instruction_sets> ${ARGN})
    set_tests_properties(${name}.${set} PROPERTIES
      LABELS forced FIXTURES_REQUIRED "drawn_package;models" SKIP_RETURN_CODE 77 TIMEOUT 900
      ENVIRONMENT "${MOUTHPIECE_TEST_ENVIRONMENT}")
  endforeach()
endfunction()

foreach(module base image jpeg compose)
  forced_tests(forced.${module} $<TARGET_FILE:${module}_test>)
endforeach()
# Without what asks OpenVINO alone, whose kernels stay as they are.
forced_tests(forced.infer $<TARGET_FILE:infer_test>
  "--gtest_filter=-*OpenVINO_f32:OpenVinoEngine.Gives*:OpenVinoAudioEncoder.*:*ReadGenerator*:*WrongModel*")
forced_tests(forced.golden ${python} ${CMAKE_CURRENT_SOURCE_DIR}/golden_test.py drawn
  --mouthpiece ${PROJECT_BINARY_DIR}/mouthpiece --package ${drawn_package})
