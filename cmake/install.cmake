# `cmake --install`: the tool, the two preloaded libraries, the planner for embedding in C++ and in C, and the files
# by which pkg-config and find_package(memomalloc) find them.
include(CMakePackageConfigHelpers)

install(TARGETS memo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS memotrace memomalloc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS memo_planner memo_common EXPORT memomalloc ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/memomalloc)
install(TARGETS memoplan EXPORT memomalloc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY common planner DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/memomalloc
        FILES_MATCHING PATTERN "*.h" PATTERN "*.inl")
install(FILES ${CMAKE_BINARY_DIR}/generated/common/version.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/memomalloc/common)
install(FILES include/memomalloc.h include/memoplan.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_BINARY_DIR}/manual/ DESTINATION ${CMAKE_INSTALL_DATADIR})
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Relative, so that `cmake --install --prefix` may put it anywhere.
file(RELATIVE_PATH MEMO_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/memomalloc.pc.in ${CMAKE_BINARY_DIR}/memomalloc.pc @ONLY)
configure_file(cmake/memoplan.pc.in ${CMAKE_BINARY_DIR}/memoplan.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/memomalloc.pc ${CMAKE_BINARY_DIR}/memoplan.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/memomallocConfig.cmake.in ${CMAKE_BINARY_DIR}/memomallocConfig.cmake
    PATH_VARS CMAKE_INSTALL_LIBDIR
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/memomalloc)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/memomallocConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/memomallocConfig.cmake ${CMAKE_BINARY_DIR}/memomallocConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/memomalloc)
install(EXPORT memomalloc NAMESPACE memomalloc:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/memomalloc)
