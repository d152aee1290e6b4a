# medialith_module(name [LINK libraries...])
#
# One folder of server/src is one static library. Files ending in _test.cpp become the executable test_<name>, run by
# ctest; those ending in _server_test.cpp become test_<name>_servers, which starts real servers and is run by
# tests/conformance alone; each file ending in _fuzz.cpp becomes a libFuzzer target fuzz_<file> in the asan variant. What
# a module may include is decided by tools/lint_layers, which the test run holds; the link line only mirrors it.
function(medialith_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(server_tests ${tests})
  list(FILTER tests EXCLUDE REGEX "_server_test\\.cpp$")
  list(FILTER server_tests INCLUDE REGEX "_server_test\\.cpp$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  # What is tested is compiled as it ships; the tests' own code, half of a build's time, is not optimised to halve that.
  set_source_files_properties(${tests} ${server_tests} PROPERTIES COMPILE_OPTIONS "-O0;-U_FORTIFY_SOURCE")

  if(sources)
    add_library(medialith_${name} STATIC ${sources})
    target_include_directories(medialith_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(medialith_${name} PUBLIC medialith_flags ${arg_LINK})
  else()
    add_library(medialith_${name} INTERFACE)
    target_include_directories(medialith_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(medialith_${name} INTERFACE medialith_flags ${arg_LINK})
  endif()

  if(tests)
    add_executable(test_${name} ${tests})
    target_link_libraries(test_${name} PRIVATE medialith_${name} GTest::gmock GTest::gtest_main rapidcheck
      rapidcheck_gtest)
    add_test(NAME ${name} COMMAND test_${name} --gtest_brief=1)
  endif()

  if(server_tests)
    add_executable(test_${name}_servers ${server_tests})
    target_compile_definitions(test_${name}_servers PRIVATE MEDIALITH_SERVERS_DIR="${PROJECT_SOURCE_DIR}/tests/servers")
    target_link_libraries(test_${name}_servers PRIVATE medialith_${name} GTest::gmock GTest::gtest_main rapidcheck
      rapidcheck_gtest)
  endif()

  if(MEDIALITH_VARIANT STREQUAL "asan")
    foreach(fuzzer ${fuzzers})
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${stem} ${fuzzer})
      target_link_libraries(${stem} PRIVATE medialith_${name})
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()

# medialith_embed_migrations(engine) puts server/migrations/<engine>/*.sql into the db module as <engine>_migrations().
function(medialith_embed_migrations engine)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/migrations/${engine})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${engine}_migrations.cpp)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/cmake/EmbedMigrations.cmake)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DFUNCTION=${engine}_migrations -DOUTPUT=${output} -P ${script}
    DEPENDS ${files} ${script})
  target_sources(medialith_db PRIVATE ${output})
endfunction()
