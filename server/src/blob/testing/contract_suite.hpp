// The contract that every store passes (BlobStore in blob/store.hpp). A store joins by one line in its own test file:
//
//   INSTANTIATE_TEST_SUITE_P(Disk, BlobContract, testing::Values(ContractCase{"named", &make_disk_store}), case_name);
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "blob/store.hpp"
#include "net/runtime.hpp"

namespace medialith::blob {

/// A fresh, empty store and all it stands on; gone, with what it kept, at its end.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual BlobStore& store() = 0;
  /// Whatever uploads hold besides blobs (files, buffers, parts); 0 when no upload is under way.
  virtual std::size_t staged() = 0;
};

struct ContractCase {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

inline std::string case_name(const ::testing::TestParamInfo<ContractCase>& info) { return info.param.name; }
inline void PrintTo(const ContractCase& param, std::ostream* out) { *out << param.name; }

/// `size` bytes that look random and are the same for the same seed.
std::vector<std::byte> pattern(std::size_t size, std::uint64_t seed = 1);

/// Stages, finishes and commits `bytes`, written in slices of `slice` bytes.
Result<BlobInfo> put(BlobStore& store, std::string key, std::span<const std::byte> bytes, Expected expected = {},
                     std::size_t slice = 50'000);

/// Reads all of `range`.
Result<std::vector<std::byte>> get(BlobStore& store, std::string key, Range range = {});

/// Every key with `prefix`, asked for in pages of `limit`.
std::vector<std::string> list_all(BlobStore& store, const std::string& prefix, std::size_t limit);

/// The id that lies in the store; empty when there is none or it cannot be read.
std::string store_id_of(BlobStore& store);

/// The code of a failure, or nullopt for success.
template <class T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

class BlobContract : public ::testing::TestWithParam<ContractCase> {
 protected:
  void SetUp() override { under_test_ = GetParam().make(); }
  BlobStore& store() { return under_test_->store(); }
  StoreUnderTest& under_test() { return *under_test_; }

 private:
  std::unique_ptr<StoreUnderTest> under_test_;
};

}  // namespace medialith::blob
