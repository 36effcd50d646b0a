# Writes HEADER with the build id of LIBRARY, as READELF prints it.
execute_process(COMMAND ${READELF} -n ${LIBRARY} OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
if(NOT notes MATCHES "Build ID: ([0-9a-f]+)")
    message(FATAL_ERROR "${LIBRARY} has no build id")
endif()
file(WRITE ${HEADER} "#define MEMO_TAGS_BUILT_FOR \"${CMAKE_MATCH_1}\"\n")
