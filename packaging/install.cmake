# cmake --install build/release --prefix PREFIX: the program, its plugins where it looks for them, and the SDK, which another
# project finds with find_package(spine-sdk).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS spine RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(plugin finra_otc)
  if(TARGET ${plugin})
    install(TARGETS ${plugin} LIBRARY DESTINATION lib/spine/plugins)
  endif()
endforeach()

# Found by their names there.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/workflows/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spine/workflows
  FILES_MATCHING PATTERN "*.yaml")

set(sdk_cmake_dir ${CMAKE_INSTALL_DATADIR}/cmake/spine-sdk)
set_target_properties(spine_sdk PROPERTIES EXPORT_NAME sdk)
install(TARGETS spine_sdk EXPORT spine-sdk FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT spine-sdk NAMESPACE spine:: FILE spine-sdk-targets.cmake DESTINATION ${sdk_cmake_dir})
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/spine-sdk-config.cmake
  "include(\${CMAKE_CURRENT_LIST_DIR}/spine-sdk-targets.cmake)\ninclude(\${CMAKE_CURRENT_LIST_DIR}/spine_add_plugin.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/spine-sdk-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/spine-sdk-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/spine-sdk-config-version.cmake
  ${PROJECT_SOURCE_DIR}/sdk/cmake/spine_add_plugin.cmake
  ${PROJECT_SOURCE_DIR}/sdk/cmake/exports.map
  DESTINATION ${sdk_cmake_dir})
