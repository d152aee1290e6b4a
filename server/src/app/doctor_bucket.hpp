// What `medialith doctor` says of a bucket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/doctor_report.hpp"
#include "app/store_choice.hpp"
#include "blob/s3/messages.hpp"
#include "web/services.hpp"

namespace medialith::app {

/// Reaches the bucket, tries it as a start does, and looks at its CORS rules. Answers its STORE_ID; nullopt when it
/// cannot be used, which has been reported. Blocks.
std::optional<std::optional<std::string>> report_bucket(Report& report, const StoreChoice& files,
                                                        const web::Settings& settings, Cors cors);

/// The rule that lets pages of these origins read and write; nullopt when no other origin is ever allowed.
std::optional<blob::s3::CorsRule> needed_cors(const web::Settings& settings);
/// Whether one of the rules allows all that `needed` does.
bool allows(const std::vector<blob::s3::CorsRule>& rules, const blob::s3::CorsRule& needed);

}  // namespace medialith::app
