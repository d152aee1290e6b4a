// The shapes of the native wire, declared once: they check requests and are the components of the OpenAPI document.
#include "api/generation_body.hpp"
#include "api/imports.hpp"
#include "api/present.hpp"

namespace medialith::api {
namespace {

using web::Field;
using web::OtherMembers;
using web::Presence;
using web::Schema;
using web::TextRule;
using web::Type;

constexpr std::string_view kStatuses[] = {"pending", "processing", "completed", "failed"};
constexpr std::string_view kKinds[] = {"image", "video", "audio", "file"};
constexpr std::string_view kStates[] = {"ready", "fetching", "device", "missing", "failed"};
constexpr std::string_view kVisibilities[] = {"normal", "hidden", "quarantined"};
constexpr std::int64_t kName = 255;
constexpr std::int64_t kPrompt = 1 << 20;

constexpr Field kLoraFields[] = {
    {.name = "name", .doc = "The LoRA's name.", .presence = Presence::required, .min = 1, .max = kName},
    {.name = "weight", .type = Type::number, .doc = "Its weight.", .nullable = true, .may_be_absent = true},
};
constexpr Schema kLora = {
    .name = "Lora", .doc = "A LoRA and its weight.", .fields = kLoraFields, .others = OtherMembers::kept};

constexpr Field kRecipeFields[] = {
    {.name = "negativePrompt",
     .doc = "What the picture should not show.",
     .nullable = true,
     .max = kPrompt,
     .may_be_absent = true},
    {.name = "seed",
     .type = Type::any,
     .doc = "The seed: a whole number of any length, or its text.",
     .may_be_absent = true},
    {.name = "steps",
     .type = Type::integer,
     .doc = "Sampling steps.",
     .nullable = true,
     .min = 0,
     .max = 1'000'000,
     .may_be_absent = true},
    {.name = "sampler", .doc = "The sampler's name.", .nullable = true, .max = kName, .may_be_absent = true},
    {.name = "cfg", .type = Type::number, .doc = "Guidance scale.", .nullable = true, .may_be_absent = true},
    {.name = "loras",
     .type = Type::array,
     .doc = "The LoRAs used.",
     .nullable = true,
     .max = 256,
     .of = &kLora,
     .may_be_absent = true},
};
constexpr Schema kRecipe = {.name = "Recipe",
                            .doc = "How to make the same again. Other members are kept as they were sent.",
                            .fields = kRecipeFields,
                            .others = OtherMembers::kept};

constexpr TextRule kDecimal = {
    .holds = is_decimal, .code = "not_a_decimal", .message = "This must be a decimal number as text, such as 0.025."};
constexpr TextRule kCurrency = {
    .holds = is_currency, .code = "not_a_currency", .message = "This must be three capital letters, such as USD."};
constexpr TextRule kGenerationId = {
    .holds = is_valid_generation_id,
    .code = "not_allowed",
    .message = "An id has 1 to 255 of A-Z a-z 0-9 . _ ~ : @ - and is no reserved word."};

constexpr Field kMoneyFields[] = {
    {.name = "amount",
     .doc = "A decimal number as text: \"0.025\".",
     .presence = Presence::required,
     .min = 1,
     .max = 32,
     .rule = &kDecimal},
    {.name = "currency",
     .doc = "ISO 4217: \"USD\".",
     .presence = Presence::required,
     .min = 3,
     .max = 3,
     .rule = &kCurrency},
};
constexpr Schema kMoney = {.name = "Money", .doc = "An exact amount of money.", .fields = kMoneyFields};

constexpr Field kAssetFields[] = {
    {.name = "id", .doc = "Made by the server: `img_`, `vid_`, `aud_` or `file_` and 26 characters."},
    {.name = "generationId", .doc = "The generation it belongs to.", .nullable = true},
    {.name = "kind", .doc = "What it is.", .one_of = kKinds},
    {.name = "state", .doc = "`ready` when its bytes are here.", .one_of = kStates},
    {.name = "visibility", .doc = "Whether lists show it.", .one_of = kVisibilities},
    {.name = "filename", .doc = "As it was uploaded.", .nullable = true},
    {.name = "contentType", .doc = "Told from the bytes, not from what the client said."},
    {.name = "size", .type = Type::integer, .doc = "Bytes.", .nullable = true, .min = 0},
    {.name = "sha256", .doc = "Of the bytes, lower-case hexadecimal.", .nullable = true},
    {.name = "width", .type = Type::integer, .doc = "Pixels.", .nullable = true, .min = 0},
    {.name = "height", .type = Type::integer, .doc = "Pixels.", .nullable = true, .min = 0},
    {.name = "duration", .type = Type::number, .doc = "Seconds.", .nullable = true},
    {.name = "url", .doc = "Where the bytes are. With `sign`, usable by anyone until it expires."},
    {.name = "externalUrl", .doc = "Where the bytes came from, or still are.", .nullable = true},
    {.name = "version", .type = Type::integer, .doc = "Rises with every change; the ETag.", .min = 1},
    {.name = "createdAt", .type = Type::date_time, .doc = "When it was kept."},
    {.name = "updatedAt", .type = Type::date_time, .doc = "When it last changed."},
    {.name = "deletedAt", .type = Type::date_time, .doc = "When it went into the trash.", .nullable = true},
    {.name = "duplicate", .type = Type::boolean, .doc = "The same bytes were here already.", .may_be_absent = true},
    {.name = "highlights",
     .type = Type::object,
     .doc = "Of a search with `q`: where it hit, by member, as `[begin, end]` pairs that `text.slice` takes (UTF-16).",
     .may_be_absent = true},
};

// The members that a client sets, in the three uses they have. `id` and `version` differ between them.
#define GENERATION_MEMBERS                                                                               \
  {.name = "modelName", .doc = "The model's display name; default: `modelId`.", .min = 1, .max = kName}, \
      {.name = "provider", .doc = "Who ran the model; default: `unknown`.", .min = 1, .max = kName},     \
      {.name = "category",                                                                               \
       .doc = "Free text such as `image-generation`; default: `unknown`.",                               \
       .min = 1,                                                                                         \
       .max = kName},                                                                                    \
      {.name = "prompt", .doc = "The prompt; default: empty.", .max = kPrompt},                          \
      {.name = "inputParams",                                                                            \
       .type = Type::object,                                                                             \
       .doc = "What the model was given. Kept as sent.",                                                 \
       .may_be_absent = true},                                                                           \
      {.name = "metadata",                                                                               \
       .type = Type::object,                                                                             \
       .doc = "Whatever the app wants to keep. Kept as sent.",                                           \
       .may_be_absent = true},                                                                           \
      {.name = "result",                                                                                 \
       .type = Type::any,                                                                                \
       .doc = "What the model answered: any JSON. Kept as sent.",                                        \
       .may_be_absent = true},                                                                           \
      {.name = "recipe",                                                                                 \
       .type = Type::object,                                                                             \
       .doc = "How to make the same again.",                                                             \
       .nullable = true,                                                                                 \
       .of = &kRecipe},                                                                                  \
      {.name = "status", .doc = "Where it stands; default: `completed`.", .one_of = kStatuses},          \
      {.name = "error", .doc = "Why it failed.", .nullable = true, .max = 65536},                        \
      {.name = "duration",                                                                               \
       .type = Type::number,                                                                             \
       .doc = "Seconds it took.",                                                                        \
       .nullable = true,                                                                                 \
       .min = 0,                                                                                         \
       .max = 10'000'000'000},                                                                           \
      {.name = "cost", .type = Type::object, .doc = "What it cost.", .nullable = true, .of = &kMoney},   \
      {.name = "favorite", .type = Type::boolean, .doc = "Marked by its owner; default: false."},        \
      {.name = "rating", .type = Type::integer, .doc = "1 to 5.", .nullable = true, .min = 1, .max = 5}, \
      {.name = "tags",                                                                                   \
       .type = Type::array,                                                                              \
       .doc = "At most 64 of at most 100 characters.",                                                   \
       .max = 64,                                                                                        \
       .max_item = 100}

constexpr Field kInputFields[] = {
    {.name = "id",
     .doc = "Chosen by the client, unique among its owner's; default: made by the server.",
     .min = 1,
     .max = 255,
     .rule = &kGenerationId},
    {.name = "modelId", .doc = "Which model.", .presence = Presence::required, .min = 1, .max = kName},
    GENERATION_MEMBERS,
    {.name = "version", .type = Type::integer, .presence = Presence::read_only},
    {.name = "createdAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "updatedAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "deletedAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "assets", .type = Type::array, .presence = Presence::read_only},
};

constexpr Field kPatchFields[] = {
    {.name = "id", .doc = "", .presence = Presence::read_only},
    {.name = "modelId", .doc = "Which model.", .presence = Presence::required, .min = 1, .max = kName},
    GENERATION_MEMBERS,
    {.name = "version",
     .type = Type::integer,
     .doc = "The version this change was made from: a stale one is 409.",
     .min = 1},
    {.name = "createdAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "updatedAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "deletedAt", .type = Type::date_time, .presence = Presence::read_only},
    {.name = "assets", .type = Type::array, .presence = Presence::read_only},
};

constexpr Field kImportItemFields[] = {
    {.name = "id",
     .doc = "What it was called there.",
     .presence = Presence::required,
     .min = 1,
     .max = 255,
     .rule = &kGenerationId},
    {.name = "timestamp",
     .type = Type::date_time,
     .doc = "When it was made: after 1970, not in the future.",
     .presence = Presence::required},
    {.name = "modelId", .doc = "Which model.", .presence = Presence::required, .min = 1, .max = kName},
    GENERATION_MEMBERS,
    {.name = "updatedAt", .type = Type::date_time, .doc = "When it last changed; default: `timestamp`."},
};

constexpr Schema kAssetItem = {.name = "Asset", .doc = "", .fields = kAssetFields};

constexpr Field kGenerationFields[] = {
    {.name = "id", .doc = "Unique among its owner's."},
    {.name = "modelId", .doc = "Which model."},
    GENERATION_MEMBERS,
    {.name = "promptTruncated",
     .type = Type::boolean,
     .doc = "A summary holds only the prompt's first 300 characters.",
     .may_be_absent = true},
    {.name = "version", .type = Type::integer, .doc = "Rises with every change; the ETag.", .min = 1},
    {.name = "createdAt", .type = Type::date_time, .doc = "When it was created."},
    {.name = "updatedAt", .type = Type::date_time, .doc = "When it last changed."},
    {.name = "deletedAt", .type = Type::date_time, .doc = "When it went into the trash.", .nullable = true},
    {.name = "assets", .type = Type::array, .doc = "Its media, oldest first.", .of = &kAssetItem},
    {.name = "highlights",
     .type = Type::object,
     .doc = "Of a search with `q`: where it hit, by member, as `[begin, end]` pairs that `text.slice` takes (UTF-16).",
     .may_be_absent = true},
};

}  // namespace

constinit const Schema kAssetSchema = {.name = "Asset", .doc = "One stored media file.", .fields = kAssetFields};
constinit const Schema kGenerationSchema = {
    .name = "Generation", .doc = "One act of a model.", .fields = kGenerationFields};
constinit const Schema kGenerationInputSchema = {
    .name = "GenerationInput", .doc = "A generation to keep. Only `modelId` is required.", .fields = kInputFields};
constinit const Schema kGenerationPatchSchema = {
    .name = "GenerationPatch", .doc = "Members to change; null gives one its default back.", .fields = kPatchFields};
constinit const Schema kImportItemSchema = {.name = "ImportItem",
                                            .doc = "A generation from elsewhere. Members not named here are dropped.",
                                            .fields = kImportItemFields,
                                            .others = OtherMembers::kept};
constinit const Schema kGenerationReplacementSchema = {
    .name = "GenerationReplacement",
    .doc = "A generation that takes the place of one: what is left out has its default.",
    .fields = kPatchFields};

}  // namespace medialith::api
