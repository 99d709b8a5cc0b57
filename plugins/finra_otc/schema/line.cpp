#include "schema/line.hpp"

namespace finra {

namespace {

void cut(std::string& text) {
    if (text.size() <= raw_text_max)
        return;
    std::size_t size = raw_text_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    text.resize(size);
}

} // namespace

void write_line(const RawRow& row, std::string& into) {
    if (!row.line_text.empty()) {
        into = row.line_text;
        cut(into);
        return;
    }
    const bool simple = row.layout == Layout::simple;
    into.clear();
    if (simple)
        into.append(row.week ? iso(*row.week) : std::string()).append("|");
    into.append(row.tier_text);
    const auto put = [&](std::string_view field) { into.append("|").append(field); };
    put(row.symbol);
    if (!simple) {
        put(row.issue_name);
        put(row.venue_name);
    }
    put(row.mpid);
    put(decimal_text(row.shares));
    put(std::to_string(row.trades));
    if (!simple)
        put(row.last_update ? iso(*row.last_update) : std::string());
    cut(into);
}

} // namespace finra
