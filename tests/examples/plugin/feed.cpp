#include "examples.hpp"
#include "text.hpp"

namespace examples {

namespace {

void parse(spine::Check& check, std::string_view parser) {
    const auto data = output(check, "fetch.data");
    check.output("parsed", true)
        .output("parser", parser)
        .output("fields", numbers_from(spine::view(data.text)).size());
}

} // namespace

void fetch_data(spine::Check& check) { check.output("data", spine::Json{R"({"a":1,"b":2})"}); }
void parse_v1(spine::Check& check) { parse(check, "v1"); }
void parse_v2(spine::Check& check) { parse(check, "v2_experimental"); }
void enrich(spine::Check& check) {
    check.output("enriched", true).output("source", "external_api");
}
void store(spine::Check& check) { check.output("stored", true); }

} // namespace examples
