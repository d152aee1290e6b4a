#include "base/error.hpp"

#include <array>
#include <utility>

namespace medialith {
namespace {

struct CodeRow {
  std::string_view wire;
  int status;
};

constexpr std::array kCodes = {
#define MEDIALITH_ROW(name, wire, status) CodeRow{wire, status},
    MEDIALITH_ERROR_CODES(MEDIALITH_ROW)
#undef MEDIALITH_ROW
};

}  // namespace

std::string_view wire_name(ErrorCode code) { return kCodes.at(std::to_underlying(code)).wire; }

int http_status(ErrorCode code) { return kCodes.at(std::to_underlying(code)).status; }

Error make_error(ErrorCode code, std::string message, std::string detail) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.detail = std::move(detail);
  return error;
}

}  // namespace medialith
