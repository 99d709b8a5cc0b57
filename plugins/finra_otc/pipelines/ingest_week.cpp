// One published file becomes a capture of its tier's week.
//
// The file is read twice. Which week it is about, whether it is the head's very bytes, and that it
// is whole are known only at its end; only then do its rows have a place to go. Keeping them
// meanwhile would need as much memory as the file is long, which for a packed one nobody can know.
#include "calc/quality.hpp"
#include "parse/file_name.hpp"
#include "parse/identity.hpp"
#include "parse/parser.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace finra {

namespace {

using parse::Summary;

/// The value of an answer about the file; a refusal is thrown.
template <class T> T of_file(Answer<T>&& answer, std::string_view file) {
    if (const auto* refusal = std::get_if<Refusal>(&answer))
        throw error_of(*refusal, SPINE_INVALID_DATA, file);
    return std::get<T>(std::move(answer));
}

/// Reads the source to its end, or to where it is refused.
Summary read(spine::Source& source, parse::Sink& sink, std::string_view file) {
    parse::Parser parser(sink);
    for (std::string_view bytes = source.read(); !bytes.empty(); bytes = source.read())
        if (!parser.feed(bytes))
            break;
    return of_file(parser.finish(), file);
}

/// Symbols that are waited for; what is never seen is missing.
class Expected {
public:
    explicit Expected(std::vector<Symbol> symbols)
        : symbols_(std::move(symbols)), seen_(symbols_.size(), false) {}

    void see(std::string_view text) {
        if (symbols_.empty() || text == latest_)
            return;
        latest_ = text;
        const auto symbol = calc::symbol_from_text(text);
        if (!symbol)
            return;
        const auto at = std::lower_bound(symbols_.begin(), symbols_.end(), *symbol);
        if (at != symbols_.end() && *at == *symbol)
            seen_[static_cast<std::size_t>(at - symbols_.begin())] = true;
    }
    std::vector<std::string> missing() const {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < symbols_.size(); ++i)
            if (!seen_[i])
                texts.emplace_back(symbols_[i].view());
        return texts;
    }
    std::size_t size() const { return symbols_.size(); }

private:
    std::vector<Symbol> symbols_;
    std::vector<bool> seen_;
    std::string latest_;
};

/// The first reading: whether there is anything to take, and what is missing.
class Scout : public parse::Sink {
public:
    explicit Scout(std::optional<std::string_view> expected_json) : expected_json_(expected_json) {}

    void row(const RawRow& row) override {
        if (!expected_)
            expected_.emplace(expected_json_ ? given(expected_symbols(*expected_json_, row.tier))
                                             : std::vector<Symbol>{});
        expected_->see(row.symbol);
    }
    void reject(const RejectedRow& row) override {
        if (first_reject_.empty())
            first_reject_ = "line " + std::to_string(row.line) + ": " + std::string(row.detail);
    }
    const std::string& first_reject() const { return first_reject_; }
    /// Once a row has been seen.
    const Expected& expected() const { return *expected_; }

private:
    std::optional<std::string_view> expected_json_;
    /// Which of them count depends on the tier, which the first row tells.
    std::optional<Expected> expected_;
    std::string first_reject_;
};

std::optional<std::string_view> unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// The second reading: rows into the dataset, rejected lines to the host.
class Taker : public parse::Sink {
public:
    Taker(spine::Attempt& attempt,
          std::uint32_t output,
          spine_rowset rowset,
          std::string locator,
          std::int64_t data_lines)
        : attempt_(attempt), output_(output), locator_(std::move(locator)), data_lines_(data_lines),
          rows_(attempt.replace<std::int64_t,
                                std::string_view,
                                std::string_view,
                                std::optional<std::string_view>,
                                std::optional<std::string_view>,
                                std::string_view,
                                std::int64_t,
                                std::int64_t,
                                std::optional<std::string_view>>(
              "otc_raw",
              rowset,
              "line_number|tier_description|symbol|issue_name|venue_name|"
              "mpid|total_shares|total_trades|source_last_update_date")) {}

    void row(const RawRow& row) override {
        rows_.add(row.line,
                  row.tier_text,
                  row.symbol,
                  unless_empty(row.issue_name),
                  unless_empty(row.venue_name),
                  row.mpid,
                  row.shares,
                  row.trades,
                  last_update_.of(row.last_update));
        if (++taken_ % 16384 == 0)
            attempt_.progress(taken_, static_cast<std::uint64_t>(data_lines_), "rows");
    }
    void reject(const RejectedRow& row) override {
        attempt_.reject(code(row.reason), row.detail, row.raw_text, row.line, locator_, output_);
    }
    std::uint64_t finish() { return rows_.finish(); }

private:
    spine::Attempt& attempt_;
    std::uint32_t output_;
    std::string locator_;
    std::int64_t data_lines_;
    DateText last_update_;
    std::uint64_t taken_ = 0;
    spine::Appender<std::int64_t,
                    std::string_view,
                    std::string_view,
                    std::optional<std::string_view>,
                    std::optional<std::string_view>,
                    std::string_view,
                    std::int64_t,
                    std::int64_t,
                    std::optional<std::string_view>>
        rows_;
};

calc::Check check(std::string name,
                  calc::Category category,
                  bool passes,
                  std::string actual,
                  std::string expected) {
    return {std::move(name),
            category,
            passes ? calc::Status::pass : calc::Status::warn,
            std::move(actual),
            std::move(expected),
            passes ? 0 : 1};
}

/// Which of the two weeks is right nobody can tell from the file: files come later than the lag
/// says. So the given one stays, but a slip of the person must not stay unseen.
calc::Check given_against_derived(Date given, Date derived, const parse::WeekClues& clues) {
    calc::Check found = check("week_of_file_date",
                              calc::Category::business_rule,
                              given == derived,
                              iso(given),
                              iso(derived));
    found.details = R"({"file_date":)" + spine::json_quoted(iso(*clues.file_date)) +
                    R"(,"publication_lag":)" + spine::json_quoted(name(clues.lag)) + "}";
    return found;
}

std::vector<calc::Check> checks_of(const Summary& summary,
                                   const parse::WeekOfFile& week,
                                   const parse::WeekClues& clues,
                                   Tier tier,
                                   std::string_view path,
                                   std::size_t expected,
                                   std::size_t missing) {
    using calc::Category;
    std::vector<calc::Check> checks{
        check("record_count_balance",
              Category::integrity,
              summary.rows + summary.rejects == summary.data_lines,
              std::to_string(summary.rows + summary.rejects),
              std::to_string(summary.data_lines)),
        // A file that was cut short mostly ends inside a line.
        check("last_line_complete",
              Category::integrity,
              !summary.last_newline_missing,
              summary.last_newline_missing ? "no newline at the end" : "newline at the end",
              "newline at the end"),
        // A wrong label is a silent error: the week of such a file is a conclusion, not a fact.
        check("week_source",
              Category::business_rule,
              week.source != WeekSource::derived,
              std::string(name(week.source)),
              "given or column")};
    if (const auto derived = parse::derived_week(summary, tier, clues);
        derived && week.source == WeekSource::given)
        checks.push_back(given_against_derived(week.week_ending, *derived, clues));
    if (const auto hint = parse::tier_in_name(path))
        checks.push_back(check("tier_of_file_name",
                               Category::business_rule,
                               *hint == tier,
                               std::string(name(*hint)),
                               std::string(name(tier))));
    if (expected > 0)
        checks.push_back(check("expected_symbols",
                               Category::completeness,
                               missing == 0,
                               std::to_string(expected - missing),
                               std::to_string(expected)));
    return checks;
}

parse::WeekClues
clues_about(const spine::Attempt& attempt, const Summary& summary, std::string_view file) {
    parse::WeekClues clues;
    clues.given = given_date(attempt, "week_ending");
    clues.file_date = parse::date_of_file(summary, file, given_date(attempt, "file_date"));
    clues.policy = date_policy(attempt);
    clues.lag = publication_lag_from_text(attempt.config_text("publication_lag"))
                    .value_or(PublicationLag::seed);
    // A week that a person gave is at fault itself, whatever the file says.
    if (clues.given)
        given(week_ending(*clues.given, clues.policy));
    return clues;
}

} // namespace

void ingest_week(spine::Attempt& attempt) {
    const std::string file(attempt.text("file"));
    spine::Source source = attempt.open(file);
    Scout scout(attempt.maybe_text("expected_symbols"));
    const Summary summary = read(source, scout, file);
    const Tier tier = of_file(parse::tier_of_file(summary, given_tier(attempt)), file);
    const parse::WeekClues clues = clues_about(attempt, summary, file);
    const parse::WeekOfFile week = of_file(parse::week_of_file(summary, tier, clues), file);
    if (summary.rows == 0)
        throw error(SPINE_INVALID_DATA,
                    file + ": none of its " + std::to_string(summary.data_lines) +
                        " lines could be read, the first for this: " + scout.first_reject(),
                    "look whether it is whole, and of the layout that its header says");

    const std::string week_text = iso(week.week_ending);
    const std::uint32_t output = attempt.claim({{"tier", name(tier)}, {"week_ending", week_text}});
    const auto before =
        attempt.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage::ingested);
    const std::string last_update =
        summary.newest_last_update ? iso(*summary.newest_last_update) : std::string();
    const spine_capture capture = attempt.capture(source, last_update, name(week.source), output);
    const std::vector<std::string> missing = scout.expected().missing();
    const std::string missing_list = json_list(missing);
    attempt.output("tier", name(tier))
        .output("week_ending", week_text)
        .output("week_source", name(week.source))
        .output("capture_id", spine::view(capture.capture_id))
        .output("source_last_update", last_update)
        .output("data_lines", summary.data_lines)
        .output("expected_count", static_cast<std::int64_t>(scout.expected().size()))
        .output("missing_symbols", spine::Json{missing_list});
    tell(attempt, {summary.rows, summary.rejects, summary.lines_with_null, summary.data_lines});
    if (capture.unchanged != 0 || attempt.dry())
        return;

    if (before)
        attempt.anomaly(SPINE_SEVERITY_INFO,
                        "FRESHNESS",
                        "capture " + std::string(spine::view(capture.capture_id)) + " supersedes " +
                            std::string(spine::view(before->capture_id)),
                        {},
                        output);
    record(attempt,
           checks_of(summary, week, clues, tier, file, scout.expected().size(), missing.size()),
           output);
    const spine_source_info first = source.info();
    spine::Source again = attempt.open(file);
    Taker taker(
        attempt, output, capture.rowset, std::string(spine::view(first.uri)), summary.data_lines);
    const Summary taken = read(again, taker, file);
    if (spine::view(again.info().sha256) != spine::view(first.sha256) || taken != summary)
        throw spine::Error{SPINE_CONFLICT, file + ": it was changed while it was being read"};
    attempt.reached(capture.rowset, taker.finish(), {}, output);
}

} // namespace finra
