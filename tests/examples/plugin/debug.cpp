#include "examples.hpp"
#include "text.hpp"

#include <algorithm>

namespace examples {

void fetch_numbers(spine::Check& check) {
    check.output("records", spine::Json{"[1,2,3,4,5]"}).output("count", 5);
}

void double_numbers(spine::Check& check) {
    std::string list;
    for (const double number : numbers_at(check, "fetch.records"))
        list += (list.empty() ? "[" : ",") + text_of(number * 2);
    list = list.empty() ? "[]" : list + "]";
    check.output("doubled", spine::Json{list});
}

void validate_numbers(spine::Check& check) {
    const auto doubled = numbers_at(check, "transform.doubled");
    const auto limit = option(check, "max_value");
    const double most = limit.type == SPINE_INT ? static_cast<double>(limit.integer) : limit.real;
    if (std::any_of(doubled.begin(), doubled.end(), [&](double value) { return value > most; }))
        throw spine::Error{SPINE_INVALID_DATA, "Values exceed " + text_of(most)};
    check.output("valid", true);
}

} // namespace examples
