// The S3 store over a real gateway: the contract, and what S3 alone does.
#include <fstream>
#include <thread>

#include "base/testing/real_server.hpp"
#include "blob/s3/objects.hpp"
#include "blob/s3/s3_store.hpp"
#include "blob/testing/s3_fixture.hpp"

namespace medialith::blob {
namespace {

/// One gateway for all tests of this process: it takes ten seconds to start.
const Gateway& gateway() {
  static testing::RealServer server(MEDIALITH_SERVERS_DIR "/rgw.mjs");
  static const Gateway kGateway{server.at("endpoint"), server.at("region"), server.at("accessKey"),
                                server.at("secretKey")};
  return kGateway;
}

ContractCase contract_case() {
  return {"rgw", [] { return std::make_unique<S3Fixture>(s3_options(gateway(), S3Fixture::fresh_prefix())); }};
}

INSTANTIATE_TEST_SUITE_P(S3, BlobContract, ::testing::Values(contract_case()), case_name);

}  // namespace
}  // namespace medialith::blob
