#include "workflow/weight.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <vector>

namespace spine::workflow {

namespace json = boost::json;

std::size_t weight(const json::value& value, std::size_t limit) {
    std::vector<const json::value*> open{&value};
    std::size_t sum = 0;
    while (!open.empty() && sum <= limit) {
        const auto& next = *open.back();
        open.pop_back();
        sum += 16;
        if (const auto* const text = next.if_string())
            sum += text->size();
        if (const auto* const list = next.if_array()) {
            sum += list->size();
            for (const auto& item : *list) {
                if (sum > limit || open.size() > limit)
                    return limit + 1;
                open.push_back(&item);
            }
        }
        if (const auto* const object = next.if_object())
            for (const auto& [name, item] : *object) {
                sum += name.size();
                if (sum > limit || open.size() > limit)
                    return limit + 1;
                open.push_back(&item);
            }
    }
    return sum;
}

} // namespace spine::workflow
