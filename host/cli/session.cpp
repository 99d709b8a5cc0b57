#include "cli/session.hpp"

#include "cli/text.hpp"
#include "cli/yaml_text.hpp"
#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cstdio>

namespace spine::cli {
namespace {

namespace json = boost::json;

/// Collects what a printer writes.
class StringSink final : public Sink {
public:
    std::string text;
    void write(std::string_view bytes) override { text.append(bytes); }
    void flush() override {}
    bool open() const override { return true; }
    bool is_terminal() const override { return false; }
    std::size_t width() const override { return 0; }
};

void print(RowPrinter& printer, const control::Table& rows) {
    printer.columns(rows.columns);
    for (const auto& row : rows.rows)
        printer.row(row);
    printer.end();
}

} // namespace

bool Session::colored() const {
    return settings.color == config::Color::always ||
           (settings.color == config::Color::automatic && world.out.is_terminal());
}

bool Session::draws_blocks() const {
    for (const auto* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto locale = workflow::lower_case(world.environment(variable).value_or(""));
        if (!locale.empty())
            return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
    return false;
}

Look Session::look() const { return {colored(), world.out.width(), false, {}}; }

std::string fields_text(const Fields& fields) {
    std::size_t width = 0;
    for (const auto& [name, value] : fields)
        if (!value.empty())
            width = std::max(width, width_of(name));
    std::string out;
    for (const auto& [name, value] : fields)
        if (!value.empty())
            out += name + std::string(width - width_of(name) + 2, ' ') + printable(value) + "\n";
    return out;
}

void show(const Session& session, const json::object& document, const std::string& for_people) {
    auto& out = session.out();
    switch (session.output()) {
    case config::Output::table: out.write(for_people); break;
    case config::Output::json: out.write(workflow::json_text(document) + "\n"); break;
    case config::Output::yaml: out.write(yaml_text(document)); break;
    case config::Output::csv: {
        control::Table rows{{"name", "value"}, {}, false};
        for (const auto& member : document)
            rows.rows.push_back({json::value(member.key()),
                                 member.value().is_structured() ? json::value(workflow::json_text(member.value()))
                                                                : member.value()});
        show(session, rows);
        break;
    }
    }
}

void show(const Session& session, const json::array& documents, const control::Table& rows) {
    if (session.output() == config::Output::table || session.output() == config::Output::csv) {
        show(session, rows);
        return;
    }
    const bool as_json = session.output() == config::Output::json;
    session.out().write(as_json ? workflow::json_text(documents) + "\n" : yaml_text(documents));
}

void show(const Session& session, const control::Table& rows) {
    print(*make_row_printer(session.output(), session.out(), session.look()), rows);
}

std::string table_text(const Session& session, const control::Table& rows) {
    StringSink sink;
    print(*make_table_printer(sink, session.look()), rows);
    return sink.text;
}

json::value structured(std::string_view column, const json::value& cell) {
    const auto* text = cell.if_string();
    if (text == nullptr || (column != "partition_key" && column != "partition" && !column.ends_with("_json")))
        return cell;
    auto read = workflow::read_literal(workflow::Type::json, {text->data(), text->size()});
    auto* meant = std::get_if<json::value>(&read);
    return meant == nullptr ? cell : std::move(*meant);
}

std::string pairs_text(const json::value& value) {
    if (!value.is_object())
        return cell_text(value);
    std::string out;
    for (const auto& member : value.get_object())
        out += (out.empty() ? "" : " ") + std::string{member.key()} + "=" + cell_text(member.value());
    return out;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : between) + word;
    return out;
}

std::string seconds_text(std::chrono::milliseconds duration) {
    char text[48];
    std::snprintf(text,
                  sizeof text,
                  "%lld.%03lld s",
                  static_cast<long long>(duration.count() / 1000),
                  static_cast<long long>(duration.count() % 1000));
    return text;
}

KeyValues given_parameters(const Invocation& invocation) {
    const auto found = invocation.options.find("param");
    return key_values("-p", found == invocation.options.end() ? std::vector<std::string>{} : found->second);
}

json::value error_document(const std::optional<unit::Failure>& failure, int exit_code) {
    if (!failure)
        return nullptr;
    json::object error;
    error["category"] = unit::to_text(failure->category);
    error["message"] = failure->message;
    error["hint"] = failure->hint;
    error["exit_code"] = exit_code;
    return error;
}

void tell_faults(Words& words, const workflow::Diagnostics& faults) {
    constexpr std::size_t told_max = 100;
    for (std::size_t i = 0; i < faults.size() && i < told_max; ++i)
        words.error(faults[i]);
    if (faults.size() > told_max)
        words.error("and " + std::to_string(faults.size() - told_max) + " more faults");
}

void tell_refused(Session& session, const workflow::Catalogue& catalogue) {
    for (const auto& refused : catalogue.refused)
        if (!refused.told)
            session.words.warning("refused plugin " + refused.reason);
}

int refuse_usage(const Session& session, const workflow::Diagnostics& faults) {
    tell_faults(session.words, faults);
    return exit_code(ErrorCode::usage);
}

} // namespace spine::cli
