#include "http/trusted_proxies.hpp"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>

#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

using Address = std::array<std::uint8_t, 16>;
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96
constexpr Address kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<Address> parse_address(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != text.size() || terminated.contains('\0')) return std::nullopt;
  Address address = kMapped;
  if (::inet_pton(AF_INET, terminated.c_str(), &address[12]) == 1) return address;
  if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool is_mapped(const Address& address) { return std::equal(kMapped.begin(), kMapped.begin() + 12, address.begin()); }

bool same_bits(const Address& a, const Address& b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a.at(whole) ^ b.at(whole)) >> (8 - rest)) == 0;
}

// The comma-separated values of every field of that name, in order; nullopt when there is none or one is no address.
std::optional<std::vector<std::string_view>> forwarded_for(const Headers& headers) {
  std::vector<std::string_view> chain;
  for (std::string_view value : headers.all("x-forwarded-for")) {
    while (const auto element = next_list_element(value)) {
      if (!parse_address(*element)) return std::nullopt;
      chain.push_back(*element);
    }
  }
  if (chain.empty()) return std::nullopt;
  return chain;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> entries) {
  TrustedProxies result;
  for (const std::string& entry : entries) {
    const std::size_t slash = entry.find('/');
    const std::optional<Address> address = parse_address(std::string_view(entry).substr(0, slash));
    const unsigned base = address && is_mapped(*address) ? kMappedBits : 0;
    std::optional<std::uint64_t> bits = 128 - base;
    if (slash != std::string::npos) bits = parse_integer<std::uint64_t>(std::string_view(entry).substr(slash + 1));
    if (!address || !bits || *bits > 128 - base) {
      return fail(ErrorCode::invalid_request,
                  "'" + entry + "' is not the address or network of a proxy: write 10.0.0.1 or 10.0.0.0/8.");
    }
    result.blocks_.push_back({*address, base + static_cast<unsigned>(*bits)});
  }
  return result;
}

bool TrustedProxies::contains(std::string_view address) const {
  if (blocks_.empty()) return false;
  const std::optional<Address> parsed = parse_address(address);
  if (!parsed) return false;
  return std::ranges::any_of(blocks_,
                             [&](const Block& block) { return same_bits(block.address, *parsed, block.bits); });
}

Peer TrustedProxies::resolve(const Peer& connection, const Headers& headers) const {
  Peer peer = connection;
  if (!contains(connection.address)) return peer;
  if (const auto chain = forwarded_for(headers)) {
    const auto client =
        std::find_if(chain->rbegin(), chain->rend(), [&](std::string_view hop) { return !contains(hop); });
    peer.address = client == chain->rend() ? chain->front() : *client;
  }
  const std::vector<std::string_view> protocols = headers.all("x-forwarded-proto");
  if (protocols.size() == 1) {
    if (iequals(protocols.front(), "https")) peer.secure = true;
    if (iequals(protocols.front(), "http")) peer.secure = false;
  }
  return peer;
}

bool is_loopback(std::string_view address) { return address == "::1" || address.starts_with("127."); }

}  // namespace medialith::http
