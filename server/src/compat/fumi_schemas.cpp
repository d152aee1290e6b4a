// The shapes of Fumi's wire, declared once: they check requests and are components of the OpenAPI document.
#include <array>

#include "compat/fumi.hpp"
#include "compat/fumi_present.hpp"

namespace medialith::compat {
namespace {

using web::Field;
using web::Presence;
using web::Schema;
using web::Type;

constexpr std::int64_t kName = 255;
constexpr std::int64_t kPrompt = 1 << 20;
constexpr std::string_view kKinds[] = {"image", "video", "audio", "file"};

/// What a client sets. Everything else that it sends (`id`, `userId`, `createdAt` …) is dropped (S0-35).
constexpr std::array<Field, 8> item_members(Presence presence) {
  return {{{.name = "modelId", .doc = "Which model.", .presence = presence, .min = 1, .max = kName},
           {.name = "modelName", .doc = "Its display name.", .presence = presence, .min = 1, .max = kName},
           {.name = "category", .doc = "Any text: `image-generation`.", .presence = presence, .min = 1, .max = kName},
           {.name = "provider", .doc = "Who ran it.", .presence = presence, .min = 1, .max = kName},
           {.name = "prompt", .doc = "The prompt; it may be empty.", .presence = presence, .max = kPrompt},
           {.name = "inputParams", .type = Type::object, .doc = "The form's values. Kept as sent; default: {}."},
           {.name = "result", .type = Type::object, .doc = "What the model answered. Kept as sent; default: {}."},
           {.name = "metadata", .type = Type::object, .doc = "Kept as sent; default: {}."}}};
}
constexpr auto kInputFields = item_members(Presence::required);
constexpr auto kChangeFields = item_members(Presence::optional);

#define MEDIA_FILE_MEMBERS                                                                                   \
  {.name = "id", .doc = "Also the asset's on the native routes."},                                           \
      {.name = "historyItemId", .doc = "The item it belongs to.", .nullable = true},                         \
      {.name = "fileType", .doc = "What it is.", .one_of = kKinds},                                          \
      {.name = "blobUrl", .doc = "Where the bytes are, for their owner."},                                   \
      {.name = "signedUrl", .doc = "Where anyone may read them, for a while."},                              \
      {.name = "originalFilename", .doc = "As it was uploaded.", .nullable = true},                          \
      {.name = "fileSize",                                                                                   \
       .type = Type::integer,                                                                                \
       .doc = "Bytes: a number, however many.",                                                              \
       .nullable = true,                                                                                     \
       .min = 0},                                                                                            \
      {.name = "contentType", .doc = "Told from the bytes."},                                                \
      {.name = "checksumSha256", .doc = "Of the bytes, lower-case hexadecimal.", .nullable = true},          \
      {.name = "width", .type = Type::integer, .doc = "Pixels.", .nullable = true, .min = 0},                \
      {.name = "height", .type = Type::integer, .doc = "Pixels.", .nullable = true, .min = 0},               \
      {.name = "duration", .type = Type::number, .doc = "Seconds; null while not known.", .nullable = true}, \
      {.name = "createdAt", .type = Type::date_time, .doc = "When it was kept."}, {                          \
    .name = "deletedAt", .type = Type::date_time, .doc = "When it went into the trash.", .nullable = true    \
  }

constexpr Field kMediaFileFields[] = {MEDIA_FILE_MEMBERS};
constexpr Schema kMediaFile = {.name = "MediaFile", .doc = "A file of an item.", .fields = kMediaFileFields};

constexpr Field kItemFields[] = {
    {.name = "id", .doc = "Made by the server; imported items keep theirs."},
    {.name = "timestamp", .type = Type::date_time, .doc = "When it was made."},
    {.name = "createdAt", .type = Type::date_time, .doc = "The same."},
    {.name = "updatedAt", .type = Type::date_time, .doc = "When it last changed."},
    {.name = "modelId", .doc = "Which model."},
    {.name = "modelName", .doc = "Its display name."},
    {.name = "category", .doc = "Any text."},
    {.name = "provider", .doc = "Who ran it."},
    {.name = "prompt", .doc = "The prompt."},
    {.name = "inputParams", .type = Type::object, .doc = "The form's values."},
    {.name = "result",
     .type = Type::any,
     .doc = "What the model answered: an object. What was kept over the native routes may be any JSON."},
    {.name = "metadata", .type = Type::object, .doc = "Whatever the app keeps."},
    {.name = "mediaFiles", .type = Type::array, .doc = "Its files, oldest first.", .of = &kMediaFile},
};
constexpr Schema kHistoryItem = {.name = "HistoryItem", .doc = "One act of a model.", .fields = kItemFields};

constexpr Field kPageFields[] = {
    {.name = "items", .type = Type::array, .doc = "Newest first.", .of = &kHistoryItem},
    {.name = "nextCursor", .doc = "`cursor` of the next page; null at the end.", .nullable = true},
};
constexpr Schema kHistoryPage = {.name = "HistoryPage", .doc = "A part of a history.", .fields = kPageFields};

constexpr Field kUploadMetadataFields[] = {
    {.name = "filename", .doc = "As it was uploaded; else the id."},
    {.name = "size", .type = Type::integer, .doc = "Bytes.", .min = 0},
    {.name = "contentType", .doc = "Told from the bytes."},
    {.name = "uploadedAt", .type = Type::date_time, .doc = "When it was kept."},
};
constexpr Schema kUploadMetadata = {.name = "UploadMetadata", .doc = "", .fields = kUploadMetadataFields};
constexpr Field kUploadFields[] = {
    MEDIA_FILE_MEMBERS,
    {.name = "url", .doc = "The signed URL: a model's provider may fetch it for 7 days."},
    {.name = "metadata", .type = Type::object, .doc = "The same in other words.", .of = &kUploadMetadata},
    {.name = "duplicate", .type = Type::boolean, .doc = "The same bytes were here already.", .may_be_absent = true},
};
constexpr Schema kUpload = {.name = "HistoryUpload", .doc = "A file that was kept.", .fields = kUploadFields};

constexpr Field kDeletionFields[] = {
    {.name = "deleted", .type = Type::integer, .doc = "Items that are in the trash now.", .min = 0},
    {.name = "matched",
     .type = Type::integer,
     .doc = "Of clearing: items that there were.",
     .min = 0,
     .may_be_absent = true},
    {.name = "operation", .doc = "Of clearing: what /v1/bulk undoes.", .may_be_absent = true},
};
constexpr Schema kDeletion = {.name = "HistoryDeletion", .doc = "What was deleted.", .fields = kDeletionFields};

}  // namespace

constinit const Schema kHistoryItemInputSchema = {.name = "HistoryItemInput",
                                                  .doc = "An item to keep. Members not named here are dropped.",
                                                  .fields = kInputFields,
                                                  .others = web::OtherMembers::kept};
constinit const Schema kHistoryItemChangeSchema = {
    .name = "HistoryItemChange",
    .doc = "Members to replace; those left out stay. Members not named here are dropped.",
    .fields = kChangeFields,
    .others = web::OtherMembers::kept};

std::vector<http::ComponentSchema> fumi_schemas() {
  std::vector<http::ComponentSchema> schemas;
  for (const Schema* schema : {&kHistoryItemInputSchema, &kHistoryItemChangeSchema}) {
    schemas.push_back({std::string(schema->name), web::json_schema(*schema, web::As::request)});
  }
  for (const Schema* schema : {&kHistoryItem, &kHistoryPage, &kUpload, &kDeletion}) {
    schemas.push_back({std::string(schema->name), web::json_schema(*schema, web::As::response)});
  }
  return schemas;
}

}  // namespace medialith::compat
