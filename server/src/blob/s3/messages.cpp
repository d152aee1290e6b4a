#include "blob/s3/messages.hpp"

#include <charconv>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/text.hpp"

namespace medialith::blob::s3 {
namespace {

std::unexpected<Error> not_understood(std::string_view what) {
  return fail(ErrorCode::unavailable, "The file store gave an answer that is not understood.", std::string(what));
}

/// A parsed answer whose root has been checked.
class Answer {
 public:
  static Result<Answer> parse(std::string_view xml, std::string_view root) {
    Answer answer;
    const auto parsed = answer.document_.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) return not_understood(fmt::format("{} expected: {}", root, parsed.description()));
    answer.root_ = answer.document_.document_element();
    if (root != answer.root_.name()) {
      return not_understood(fmt::format("{} expected, {} came", root, answer.root_.name()));
    }
    return answer;
  }

  pugi::xml_node root() const { return root_; }
  std::string text(const char* name) const { return root_.child_value(name); }
  /// Names in lists that were asked for with encoding-type=url come encoded, unless the server does not know that.
  std::string key(std::string_view sent) const {
    return text("EncodingType") == "url" ? decode(sent) : std::string(sent);
  }
  Result<std::string> needed(const char* name) const {
    std::string value = text(name);
    if (value.empty()) return not_understood(fmt::format("{} expected", name));
    return value;
  }
  /// Where the list goes on; empty at its end.
  Result<std::string> next(const char* name) const {
    if (text("IsTruncated") != "true") return std::string();
    return needed(name);
  }

 private:
  static std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      unsigned value = 0;
      if (text[i] == '%' && i + 2 < text.size() &&
          std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
        out += static_cast<char>(value);
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  }

  pugi::xml_document document_;
  pugi::xml_node root_;
};

template <class T>
Result<T> number(std::string_view text) {
  const auto value = parse_integer<T>(text);
  if (!value) return not_understood("a number expected");
  return *value;
}

Result<Time> time_of(std::string_view text) {
  const auto time = parse_iso8601(text);
  if (!time) return not_understood("a time expected");
  return *time;
}

std::vector<std::string> all(pugi::xml_node node, const char* name) {
  std::vector<std::string> values;
  for (const pugi::xml_node child : node.children(name)) values.emplace_back(child.child_value());
  return values;
}

struct StringWriter final : pugi::xml_writer {
  std::string text;
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
};

std::string print(const pugi::xml_document& document) {
  StringWriter writer;
  document.save(writer, "", pugi::format_raw | pugi::format_no_declaration);
  return std::move(writer.text);
}

void append(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_child(name).append_child(pugi::node_pcdata).set_value(value.c_str());
}

constexpr const char* kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

pugi::xml_node make_root(pugi::xml_document& document, const char* name) {
  pugi::xml_node root = document.append_child(name);
  root.append_attribute("xmlns") = kNamespace;
  return root;
}

}  // namespace

std::optional<ErrorBody> parse_error(std::string_view xml) {
  const auto answer = Answer::parse(xml, "Error");
  if (!answer) return std::nullopt;
  return ErrorBody{answer->text("Code"), answer->text("Message"), answer->text("Region")};
}

Result<std::string> parse_upload_id(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "InitiateMultipartUploadResult"));
  return answer.needed("UploadId");
}

Result<std::string> parse_etag(std::string_view xml, std::string_view root) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, root));
  std::string etag = bare_etag(answer.text("ETag"));
  if (etag.empty()) return not_understood("an ETag expected");
  return etag;
}

Result<ObjectList> parse_objects(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "ListBucketResult"));
  ObjectList list;
  for (const pugi::xml_node node : answer.root().children("Contents")) {
    TRY_ASSIGN(const auto size, number<std::uint64_t>(node.child_value("Size")));
    TRY_ASSIGN(const Time modified, time_of(node.child_value("LastModified")));
    list.objects.push_back({answer.key(node.child_value("Key")), size, modified});
  }
  TRY_ASSIGN(list.continuation, answer.next("NextContinuationToken"));
  return list;
}

Result<UploadList> parse_uploads(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "ListMultipartUploadsResult"));
  UploadList list;
  for (const pugi::xml_node node : answer.root().children("Upload")) {
    TRY_ASSIGN(const Time initiated, time_of(node.child_value("Initiated")));
    list.uploads.push_back({answer.key(node.child_value("Key")), node.child_value("UploadId"), initiated});
  }
  TRY_ASSIGN(const std::string next_key, answer.next("NextKeyMarker"));
  list.next_key = answer.key(next_key);
  list.next_upload_id = answer.text("NextUploadIdMarker");
  return list;
}

Result<PartList> parse_parts(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "ListPartsResult"));
  PartList list;
  for (const pugi::xml_node node : answer.root().children("Part")) {
    TRY_ASSIGN(const auto part, number<std::uint32_t>(node.child_value("PartNumber")));
    TRY_ASSIGN(const auto size, number<std::uint64_t>(node.child_value("Size")));
    list.parts.push_back({part, bare_etag(node.child_value("ETag")), size});
  }
  TRY_ASSIGN(list.next_marker, answer.next("NextPartNumberMarker"));
  return list;
}

Result<bool> parse_versioning(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "VersioningConfiguration"));
  return !answer.text("Status").empty();
}

Result<Credentials> parse_assumed_role(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "AssumeRoleWithWebIdentityResponse"));
  const pugi::xml_node node = answer.root().child("AssumeRoleWithWebIdentityResult").child("Credentials");
  TRY_ASSIGN(const Time expires, time_of(node.child_value("Expiration")));
  Credentials credentials{.access_key = node.child_value("AccessKeyId"),
                          .secret_key = Secret(node.child_value("SecretAccessKey")),
                          .session_token = Secret(node.child_value("SessionToken")),
                          .expires_at = expires};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) return not_understood("Credentials expected");
  return credentials;
}

Result<std::vector<CorsRule>> parse_cors(std::string_view xml) {
  TRY_ASSIGN(const Answer answer, Answer::parse(xml, "CORSConfiguration"));
  std::vector<CorsRule> rules;
  for (const pugi::xml_node node : answer.root().children("CORSRule")) {
    rules.push_back({all(node, "AllowedOrigin"), all(node, "AllowedMethod"), all(node, "AllowedHeader"),
                     all(node, "ExposeHeader")});
  }
  return rules;
}

std::string complete_body(std::span<const Part> parts) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "CompleteMultipartUpload");
  for (const Part& part : parts) {
    pugi::xml_node node = root.append_child("Part");
    append(node, "PartNumber", fmt::format("{}", part.number));
    append(node, "ETag", fmt::format("\"{}\"", part.etag));
  }
  return print(document);
}

std::string cors_body(std::span<const CorsRule> rules) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "CORSConfiguration");
  for (const CorsRule& rule : rules) {
    pugi::xml_node node = root.append_child("CORSRule");
    for (const std::string& origin : rule.origins) append(node, "AllowedOrigin", origin);
    for (const std::string& method : rule.methods) append(node, "AllowedMethod", method);
    for (const std::string& header : rule.headers) append(node, "AllowedHeader", header);
    for (const std::string& header : rule.exposed) append(node, "ExposeHeader", header);
    append(node, "MaxAgeSeconds", "3600");
  }
  return print(document);
}

std::string create_bucket_body(std::string_view region) {
  if (region == "us-east-1") return {};
  pugi::xml_document document;
  append(make_root(document, "CreateBucketConfiguration"), "LocationConstraint", std::string(region));
  return print(document);
}

std::string bare_etag(std::string_view header) {
  if (header.starts_with("W/")) header.remove_prefix(2);
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"') header = header.substr(1, header.size() - 2);
  return std::string(header);
}

}  // namespace medialith::blob::s3
