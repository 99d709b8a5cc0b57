#include "cli/row_printer.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace spine::cli {
namespace {

constexpr std::size_t rows_measured_max = 10'000;
constexpr std::size_t bytes_measured_max = std::size_t{8} << 20;
constexpr std::size_t gap = 2;
constexpr std::size_t column_min = 10; ///< a text column is not cut below this
constexpr std::size_t last_column_min = 24; ///< nor the last one, while others have something to give
constexpr std::size_t lines_max = 12;       ///< of a cell of the last column

std::string_view color_of(std::string_view text) {
    if (text == "completed" || text == "ok" || text == "loaded" || text == "PASS")
        return "32";
    if (text == "failed" || text == "refused" || text == "error" || text == "FAIL" || text == "ERROR" || text == "CRITICAL")
        return "31";
    if (text == "skipped" || text == "superseded" || text == "warning" || text == "WARN" || text == "cancelled")
        return "33";
    if (text == "running" || text == "planned")
        return "36";
    return {};
}

class TablePrinter final : public RowPrinter {
public:
    TablePrinter(Sink& sink, const Look& look) : sink_{sink}, look_{look} {}

    void columns(const std::vector<std::string>& names) override {
        for (const auto& name : names) {
            names_.push_back(printable(name));
            widths_.push_back(width_of(names_.back()));
        }
        numeric_.assign(names.size(), true);
        seen_.assign(names.size(), false);
    }

    void row(const std::vector<boost::json::value>& cells) override {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            const auto& cell = i < cells.size() ? cells[i] : nothing_;
            texts.push_back(cell.is_null() ? look_.null_text : printable(cell_text(cell)));
            if (measured_ || cell.is_null())
                continue;
            seen_[i] = true;
            numeric_[i] = numeric_[i] && cell.is_number();
        }
        if (measured_) {
            write(texts);
            return;
        }
        for (std::size_t i = 0; i < texts.size(); ++i) {
            widths_[i] = std::max(widths_[i], width_of(texts[i]));
            bytes_ += texts[i].size();
        }
        waiting_.push_back(std::move(texts));
        if (waiting_.size() >= rows_measured_max || bytes_ >= bytes_measured_max)
            begin();
    }

    void end() override {
        if (!measured_)
            begin();
    }

private:
    void begin() {
        measured_ = true;
        for (std::size_t i = 0; i < numeric_.size(); ++i)
            numeric_[i] = numeric_[i] && seen_[i];
        fit();
        std::string line, rule;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            append(line, i, names_[i], look_.color ? "1" : "");
            rule.append(i == 0 ? 0 : gap, ' ').append(widths_[i], '-');
        }
        sink_.write(trimmed(line) + "\n" + rule + "\n");
        for (const auto& texts : waiting_)
            write(texts);
        waiting_.clear();
    }

    /// Narrows the widest text columns until a line fits the terminal, or no column can give more.
    void fit() {
        if (look_.width == 0 || names_.empty())
            return;
        narrow(last_column_min);
        narrow(column_min);
    }
    void narrow(std::size_t last_min) {
        auto total = std::accumulate(widths_.begin(), widths_.end(), gap * (names_.size() - 1));
        while (total > look_.width) {
            std::size_t widest = names_.size();
            for (std::size_t i = 0; i < names_.size(); ++i) {
                const auto least = i + 1 == names_.size() ? last_min : column_min;
                if (!numeric_[i] && widths_[i] > least && (widest == names_.size() || widths_[i] > widths_[widest]))
                    widest = i;
            }
            if (widest == names_.size())
                return;
            --widths_[widest];
            --total;
        }
    }

    /// The last column says why, and its end is what matters: it goes on below itself where the others are cut.
    void write(std::vector<std::string> texts) {
        std::vector<std::string> lines;
        if (look_.width > 0 && !texts.empty() && !numeric_.back())
            lines = wrapped(texts.back(), widths_.back(), lines_max);
        if (!lines.empty())
            texts.back() = lines.front();
        std::string line;
        for (std::size_t i = 0; i < texts.size(); ++i)
            append(line, i, texts[i], look_.color ? color_of(texts[i]) : "");
        sink_.write(trimmed(line) + "\n");
        for (std::size_t n = 1; n < lines.size(); ++n) {
            const auto before = std::accumulate(widths_.begin(), widths_.end() - 1, gap * (widths_.size() - 1));
            sink_.write(trimmed(std::string(before, ' ') + lines[n]) + "\n");
        }
    }

    void append(std::string& line, std::size_t i, const std::string& text, std::string_view color) const {
        const auto shown = look_.width == 0 || numeric_[i] ? text : cut(text, widths_[i]);
        const auto width = width_of(shown);
        const auto blanks = widths_[i] > width ? widths_[i] - width : 0;
        line.append(i == 0 ? 0 : gap, ' ').append(numeric_[i] ? blanks : 0, ' ');
        if (!color.empty())
            line.append("\x1b[").append(color).append("m");
        line.append(shown);
        if (!color.empty())
            line.append("\x1b[0m");
        line.append(numeric_[i] ? 0 : blanks, ' ');
    }

    static std::string trimmed(std::string line) {
        line.erase(line.find_last_not_of(' ') + 1);
        return line;
    }

    Sink& sink_;
    Look look_;
    const boost::json::value nothing_{};
    std::vector<std::string> names_;
    std::vector<std::size_t> widths_;
    std::vector<bool> numeric_; ///< so far only numbers were seen
    std::vector<bool> seen_;
    std::vector<std::vector<std::string>> waiting_;
    std::size_t bytes_ = 0;
    bool measured_ = false;
};

} // namespace

std::unique_ptr<RowPrinter> make_table_printer(Sink& sink, const Look& look) {
    return std::make_unique<TablePrinter>(sink, look);
}

} // namespace spine::cli
