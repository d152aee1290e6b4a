#include <unistd.h>

#include "app/command_line.hpp"
#include "app/process.hpp"

int main(int argc, char** argv) {
  medialith::app::harden_process();
  return medialith::app::run_command_line(argc, argv, medialith::read_environment(environ));
}
