# Compiler and linker flags of the three variants. Every target of ours links `medialith_flags`.
set(MEDIALITH_VARIANT release CACHE STRING "release, asan or tsan")
set_property(CACHE MEDIALITH_VARIANT PROPERTY STRINGS release asan tsan)

add_library(medialith_flags INTERFACE)
target_compile_options(medialith_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-align -Wunused -Woverloaded-virtual -Wimplicit-fallthrough -Wextra-semi -Wno-missing-designated-field-initializers -Werror
  -fno-omit-frame-pointer -gline-tables-only
  # Another clone of the repository must hit the same ccache entries.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
  -fstack-protector-strong -fstack-clash-protection -fcf-protection)
target_compile_definitions(medialith_flags INTERFACE
  _GLIBCXX_ASSERTIONS
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS=0
  SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB
  MEDIALITH_VERSION="${PROJECT_VERSION}")
target_link_options(medialith_flags INTERFACE -fuse-ld=mold -Wl,-z,relro,-z,now -pie)

if(MEDIALITH_VARIANT STREQUAL "release")
  target_compile_options(medialith_flags INTERFACE -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
elseif(MEDIALITH_VARIANT STREQUAL "asan")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(medialith_flags INTERFACE -O1 ${sanitize} -fsanitize=fuzzer-no-link)
  target_link_options(medialith_flags INTERFACE ${sanitize})
elseif(MEDIALITH_VARIANT STREQUAL "tsan")
  target_compile_options(medialith_flags INTERFACE -O1 -fsanitize=thread)
  target_link_options(medialith_flags INTERFACE -fsanitize=thread)
else()
  message(FATAL_ERROR "MEDIALITH_VARIANT is '${MEDIALITH_VARIANT}': use release, asan or tsan")
endif()
