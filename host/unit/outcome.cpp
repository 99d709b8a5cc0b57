#include "unit/outcome.hpp"

#include <array>

namespace spine::unit {

namespace {
struct Name {
    Category category;
    std::string_view text;
    bool retries;
    int exit_code;
};
constexpr std::array names{
    Name{Category::data_quality, "DATA_QUALITY", false, 6},
    Name{Category::quality_gate, "QUALITY_GATE", false, 6},
    Name{Category::step_error, "STEP_ERROR", false, 1},
    Name{Category::configuration, "CONFIGURATION", false, 3},
    Name{Category::transient, "TRANSIENT", true, 7},
    Name{Category::dependency, "DEPENDENCY", true, 7},
    Name{Category::timeout, "TIMEOUT", true, 7},
    Name{Category::resource, "RESOURCE", false, 7},
    Name{Category::cancelled, "CANCELLED", false, 1},
    Name{Category::crash, "CRASH", true, 1},
    Name{Category::internal, "INTERNAL", false, 1},
};
const Name& entry(Category category) {
    for (const auto& name : names)
        if (name.category == category)
            return name;
    return names.back();
}
} // namespace

std::string_view to_text(Category category) { return entry(category).text; }

std::optional<Category> category_from(std::string_view text) {
    for (const auto& name : names)
        if (name.text == text)
            return name.category;
    return std::nullopt;
}

bool retries_by_default(Category category) { return entry(category).retries; }

int exit_code(Category category) { return entry(category).exit_code; }

} // namespace spine::unit
