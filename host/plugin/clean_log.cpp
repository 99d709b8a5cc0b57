#include "plugin/clean_log.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace spine::plugin {

void CleanLog::put(env::LogWeight weight, std::string_view message, std::span<const env::LogField> fields) noexcept {
    if (!wants(weight))
        return;
    try {
        std::vector<std::string> values;
        values.reserve(fields.size()); // so that the views stay
        std::vector<env::LogField> cleaned;
        for (const auto& [name, value] : fields)
            cleaned.emplace_back(name, values.emplace_back(redactor_.clean(std::string{value})));
        below_.put(weight, redactor_.clean(std::string{message}), cleaned);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): a line that cannot be cleaned is not told
    }
}

} // namespace spine::plugin
