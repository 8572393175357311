# `cmake --install` and the Debian package. Both programs stand together in libexec, where the entries of hooks.d and the
# injected launcher look for them; what people call are links. The paths in packaging/hooks.d/ are those of the package.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(GNUInstallDirs)
set(PROGRAMS_PLACE ${CMAKE_INSTALL_LIBEXECDIR}/solinit)
install(TARGETS solinit solinit-hook RUNTIME DESTINATION ${PROGRAMS_PLACE})

function(install_link target link)
  install(CODE "
    file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    file(CREATE_LINK ${target} \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/${link}\" SYMBOLIC)")
endfunction()
install_link(../libexec/solinit/solinit solinit)
install_link(../libexec/solinit/solinit-hook solinit-hook)
install_link(solinit-hook solinit-runc)
install_link(solinit-hook solinit-crun)

# podman alone knows precreate: an engine that does not would refuse every container, so that entry stands apart.
install(FILES packaging/hooks.d/50-solinit.json packaging/hooks.d/50-solinit-poststop.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/containers/oci/hooks.d)
install(FILES packaging/hooks.d/50-solinit-inject.json DESTINATION ${CMAKE_INSTALL_DATADIR}/solinit/hooks.d)
install(FILES manifests/schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/solinit)
install(DIRECTORY DESTINATION /etc/solinit/manifests.d)
install(DIRECTORY manifests/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/manifests)
install(FILES packaging/daemon.json packaging/compose.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY packaging/kubernetes packaging/systemd DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md docs/engines.md docs/migrating.md docs/scaling.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/deb/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

foreach(program solinit solinit-hook)
  install(FILES packaging/completions/${program}.bash RENAME ${program}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES packaging/completions/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES packaging/completions/${program}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()

# The manual pages, where there is a pandoc.
find_program(PANDOC pandoc)
if(PANDOC)
  set(pages)
  foreach(page solinit.1 solinit-manifest.5 solinit-hook.8)
    string(REGEX MATCH "[0-9]$" section ${page})
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/man/${page}.gz
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
      COMMAND sh -c "'${PANDOC}' --standalone --from markdown --to man '${PROJECT_SOURCE_DIR}/docs/${page}.md' | gzip -9n >${page}.gz"
      DEPENDS ${PROJECT_SOURCE_DIR}/docs/${page}.md
      WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/man VERBATIM)
    list(APPEND pages ${PROJECT_BINARY_DIR}/man/${page}.gz)
    install(FILES ${PROJECT_BINARY_DIR}/man/${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/changelog.gz
    COMMAND sh -c "gzip -9nc '${PROJECT_SOURCE_DIR}/CHANGELOG.md' >changelog.gz"
    DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
  install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
  add_custom_target(documents DEPENDS ${pages} ${PROJECT_BINARY_DIR}/changelog.gz)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME solinit)
set(CPACK_PACKAGE_CONTACT "the maintainers of solinit <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A container init that owns the sockets and pid files of its web process, and a
hook of the host's OCI runtime that settles what killed and leaked containers
left behind before the next one starts, in images that nobody can change.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "podman | docker.io | containerd, runc | crun")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/deb/prerm ${PROJECT_SOURCE_DIR}/packaging/deb/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
