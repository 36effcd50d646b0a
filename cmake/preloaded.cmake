# Libraries that are preloaded into other people's programs: their C++ runtime is linked statically and hidden,
# nothing but the intended symbols leaves them, TLS is initial-exec, and they are never sanitized.
function(memo_preloaded_library name)
    cmake_parse_arguments(ARG "" "EXPORTS" "SOURCES;LIBRARIES" ${ARGN})
    add_library(${name} SHARED ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES})
    target_compile_options(${name} PRIVATE
        -O2 -fvisibility=hidden -fvisibility-inlines-hidden -ftls-model=initial-exec -fno-builtin-malloc
        -fno-exceptions -fno-rtti -fno-sanitize=all)
    target_link_options(${name} PRIVATE
        -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,--as-needed
        -Wl,--version-script=${ARG_EXPORTS} -Wl,--no-undefined -fno-sanitize=all)
    set_target_properties(${name} PROPERTIES LINK_DEPENDS ${ARG_EXPORTS})
endfunction()
