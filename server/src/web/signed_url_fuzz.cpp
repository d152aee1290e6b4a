// Signed URLs: no query but the one that was signed is taken, and reading one never fails in another way than refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "web/signed_url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medialith;
  static const web::UrlSigner kSigner(bytes_of("a secret of at least thirty-two characters"));
  constexpr std::string_view kAsset = "img_aaaaaaaaaaaaaaaaaaaaaaaaaa";
  constexpr Time kNow{1'790'000'000'000};
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  const std::string good =
      kSigner.sign(kAsset, {.expires_s = kNow.ms / 1000 + 60, .epoch = 3, .download = size % 2 == 0});
  if (!kSigner.verify(kAsset, good, kNow)) std::abort();
  // The fuzzer cannot know the key: whatever it finds, it has to be the good query itself.
  if (kSigner.verify(kAsset, input, kNow) && input != good) std::abort();
  // The good query with the input put into it.
  const std::size_t at = size == 0 ? 0 : data[0] % (good.size() + 1);
  const std::string changed = good.substr(0, at) + std::string(input) + good.substr(at);
  if (kSigner.verify(kAsset, changed, kNow) && changed != good) std::abort();
  return 0;
}
