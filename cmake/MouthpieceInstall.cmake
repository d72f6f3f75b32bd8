# `cmake --install`: a prefix that needs nothing of the source tree and may be moved. What is needed
# of OpenVINO lies in a folder of the library's own, as nothing else should meet that copy.
include(CMakePackageConfigHelpers)

if(MOUTHPIECE_OPENVINO)
  file(GLOB openvino_needs
    ${MOUTHPIECE_OPENVINO_FOLDER}/libopenvino_intel_cpu_plugin.so
    ${MOUTHPIECE_OPENVINO_FOLDER}/libopenvino_onnx_frontend.so.*
    ${MOUTHPIECE_OPENVINO_FOLDER}/libtbb.so.*
    ${MOUTHPIECE_OPENVINO_FOLDER}/libtbbmalloc.so.*
    ${MOUTHPIECE_OPENVINO_FOLDER}/libtbbbind*.so.*
    ${MOUTHPIECE_OPENVINO_FOLDER}/libhwloc.so.*)
  # Its wheel has all of that in one folder; an OpenVINO of the system's or of an archive has not.
  list(LENGTH openvino_needs openvino_need_count)
  set(is_wheel OFF)
  if(openvino_need_count GREATER_EQUAL 6)
    set(is_wheel ON)
  endif()
  option(MOUTHPIECE_BUNDLE_OPENVINO "Install what is needed of OpenVINO with the library" ${is_wheel})

  if(MOUTHPIECE_BUNDLE_OPENVINO)
    set_target_properties(mouthpiece PROPERTIES INSTALL_RPATH $ORIGIN/mouthpiece)
    install(FILES ${openvino_library} ${openvino_needs}
      DESTINATION ${CMAKE_INSTALL_LIBDIR}/mouthpiece)
    file(GLOB openvino_licences ${MOUTHPIECE_OPENVINO_FOLDER}/../../openvino-*.dist-info/licenses)
    if(openvino_licences)
      install(DIRECTORY ${openvino_licences}/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mouthpiece/openvino)
    endif()
  else()
    set_target_properties(mouthpiece PROPERTIES INSTALL_RPATH ${MOUTHPIECE_OPENVINO_FOLDER})
  endif()
endif()

install(TARGETS mouthpiece EXPORT mouthpiece-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mouthpiece
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mouthpiece)
if(TARGET mouthpiece_cli)
  set_target_properties(mouthpiece_cli PROPERTIES INSTALL_RPATH $ORIGIN/../${CMAKE_INSTALL_LIBDIR})
  install(TARGETS mouthpiece_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(documents ${PROJECT_BINARY_DIR}/apps)
  install(FILES ${documents}/mouthpiece.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${documents}/mouthpiece.bash RENAME mouthpiece
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${documents}/_mouthpiece DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${documents}/mouthpiece.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# For find_package
install(EXPORT mouthpiece-targets NAMESPACE mouthpiece::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/mouthpiece FILE mouthpiece-config.cmake)
write_basic_package_version_file(mouthpiece-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mouthpiece-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/mouthpiece)

# For pkg-config
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE pc_to_prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/mouthpiece.pc.in mouthpiece.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mouthpiece.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
