#include "http/response_head.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

TEST(ResponseHead, IsWrittenAsOneBlock) {
  Response response;
  response.status = 201;
  response.headers.add("Location", "/v1/assets/img_1");
  std::string out = "before";
  append_response_head(out, response,
                       {.length = 12,
                        .date = "Sun, 06 Nov 1994 08:49:37 GMT",
                        .request_id = "abc",
                        .taken = std::chrono::microseconds(1'234'005)});
  EXPECT_EQ(out,
            "beforeHTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nLocation: /v1/assets/img_1\r\n"
            "Content-Length: 12\r\nX-Request-Id: abc\r\nServer-Timing: total;dur=1234.005\r\n\r\n");
}

TEST(ResponseHead, EveryStatusOfAnErrorHasAReason) {
#define MEDIALITH_CHECK(name, wire, status) EXPECT_NE(reason_phrase(status), "") << status;
  MEDIALITH_ERROR_CODES(MEDIALITH_CHECK)
#undef MEDIALITH_CHECK
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(507), "Insufficient Storage");
  EXPECT_EQ(reason_phrase(299), "");
}

TEST(DateText, ChangesOnceASecond) {
  DateText date;
  EXPECT_EQ(date.at({784'111'777'000}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at({784'111'777'999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at({784'111'778'000}), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.at({784'111'700'000}), "Sun, 06 Nov 1994 08:48:20 GMT");
}

}  // namespace
}  // namespace medialith::http
