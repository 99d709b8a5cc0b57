# spine_add_plugin(NAME SOURCES file... [LIBRARIES target...] [OUTPUT_DIRECTORY dir])
#
# A loadable plugin: a MODULE without the "lib" prefix that links spine::sdk, hides everything and exports exactly one
# symbol, spine_plugin_query. A version script is needed beside hidden visibility, because the standard library's
# templates carry default visibility of their own.
set(SPINE_SDK_EXPORTS_MAP "${CMAKE_CURRENT_LIST_DIR}/exports.map" CACHE INTERNAL "")

function(spine_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT_DIRECTORY" "SOURCES;LIBRARIES")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE spine::sdk ${arg_LIBRARIES})
  target_compile_features(${name} PRIVATE cxx_std_17)
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${SPINE_SDK_EXPORTS_MAP}")
  if(arg_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  endif()
  target_compile_options(${name} PRIVATE -ffp-contract=off $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE "-Wl,--version-script=${SPINE_SDK_EXPORTS_MAP}")
  if(NOT SPINE_SANITIZED)
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()
