#include "cli/row_printer.hpp"

#include "cli/text.hpp"
#include "cli/yaml_text.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <set>

namespace spine::cli {
namespace {

namespace json = boost::json;

/// A SELECT may name two columns alike; an object must not.
std::vector<std::string> distinct(const std::vector<std::string>& names) {
    std::set<std::string> taken{names.begin(), names.end()}, used;
    std::vector<std::string> out;
    for (const auto& name : names) {
        auto unique = name;
        for (int number = 2; used.contains(unique); ++number) {
            const auto candidate = name + "_" + std::to_string(number);
            if (!taken.contains(candidate))
                unique = candidate;
        }
        used.insert(unique);
        taken.insert(unique);
        out.push_back(std::move(unique));
    }
    return out;
}

json::object object_of(const std::vector<std::string>& names, const std::vector<json::value>& cells) {
    json::object object;
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i)
        object.emplace(names[i], cells[i]);
    return object;
}

class JsonPrinter final : public RowPrinter {
public:
    explicit JsonPrinter(Sink& sink) : sink_{sink} {}
    void columns(const std::vector<std::string>& names) override { names_ = distinct(names); }
    void row(const std::vector<json::value>& cells) override {
        sink_.write(any_ ? ",\n" : "[\n");
        sink_.write(workflow::json_text(object_of(names_, cells)));
        any_ = true;
    }
    void end() override { sink_.write(any_ ? "\n]\n" : "[]\n"); }

private:
    Sink& sink_;
    std::vector<std::string> names_;
    bool any_ = false;
};

class YamlPrinter final : public RowPrinter {
public:
    explicit YamlPrinter(Sink& sink) : sink_{sink} {}
    void columns(const std::vector<std::string>& names) override { names_ = distinct(names); }
    void row(const std::vector<json::value>& cells) override {
        auto text = yaml_text(object_of(names_, cells), 2);
        text.replace(0, 2, "- ");
        sink_.write(text);
        any_ = true;
    }
    void end() override {
        if (!any_)
            sink_.write("[]\n");
    }

private:
    Sink& sink_;
    std::vector<std::string> names_;
    bool any_ = false;
};

class CsvPrinter final : public RowPrinter {
public:
    CsvPrinter(Sink& sink, bool guard_formulas) : sink_{sink}, guard_formulas_{guard_formulas} {}
    void columns(const std::vector<std::string>& names) override {
        std::string line;
        for (std::size_t i = 0; i < names.size(); ++i)
            line += (i == 0 ? "" : ",") + field(json::value(names[i]));
        sink_.write(line + "\n");
    }
    void row(const std::vector<json::value>& cells) override {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i)
            line += (i == 0 ? "" : ",") + field(cells[i]);
        // A line with nothing in it would be skipped by readers.
        if (line.empty() && cells.size() == 1)
            line = "\"\"";
        sink_.write(line + "\n");
    }
    void end() override {}

private:
    std::string field(const json::value& cell) const {
        if (cell.is_null())
            return {};
        auto text = cell_text(cell);
        if (sink_.is_terminal())
            text = printable(text);
        if (guard_formulas_ && cell.is_string() && !text.empty() &&
            std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
            text.insert(0, 1, '\'');
        const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string::npos && text.front() != ' ' &&
                           text.back() != ' ';
        if (plain)
            return text;
        std::string quoted = "\"";
        for (const char c : text) {
            if (c == '"')
                quoted.push_back('"');
            quoted.push_back(c);
        }
        return quoted + "\"";
    }

    Sink& sink_;
    bool guard_formulas_;
};

} // namespace

std::string cell_text(const json::value& cell) {
    if (const auto* text = cell.if_string())
        return {text->data(), text->size()};
    return cell.is_null() ? std::string{} : workflow::json_text(cell);
}

std::unique_ptr<RowPrinter> make_row_printer(config::Output output, Sink& sink, const Look& look) {
    switch (output) {
    case config::Output::json: return std::make_unique<JsonPrinter>(sink);
    case config::Output::csv: return std::make_unique<CsvPrinter>(sink, look.guard_formulas);
    case config::Output::yaml: return std::make_unique<YamlPrinter>(sink);
    case config::Output::table: break;
    }
    return make_table_printer(sink, look);
}

} // namespace spine::cli
