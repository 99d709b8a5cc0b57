// One published file becomes a capture of its tier's week.
//
// The file is read twice. Which week it is about, whether it is the head's very bytes, and that it
// is whole are known only at its end; only then do its rows have a place to go. Keeping them
// meanwhile would need as much memory as the file is long, which for a packed one nobody can know.
#include "calc/quality.hpp"
#include "calc/resemblance.hpp"
#include "parse/file_name.hpp"
#include "parse/identity.hpp"
#include "parse/parser.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/limits.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "schema/ascii.hpp"
#include "schema/line.hpp"

#include <algorithm>
#include <functional>
#include <map>
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

/// Symbols that are waited for. What is never seen is missing; what is seen in another case only
/// was probably typed so by whoever waits for it: it counts as found, and is told.
class Expected {
public:
    explicit Expected(const std::vector<Symbol>& symbols) {
        for (const Symbol& symbol : symbols) {
            std::string capitals(symbol.view());
            std::transform(capitals.begin(), capitals.end(), capitals.begin(), upper);
            waited_for_[capitals].push_back({std::string(symbol.view()), {}, false});
        }
        size_ = symbols.size();
    }

    void see(std::string_view text) {
        if (size_ == 0 || text == latest_)
            return;
        latest_ = text;
        const std::string_view symbol = trim(text);
        capitals_.resize(symbol.size());
        std::transform(symbol.begin(), symbol.end(), capitals_.begin(), upper);
        const auto found = waited_for_.find(capitals_);
        if (found == waited_for_.end())
            return;
        for (Wait& wait : found->second)
            if (wait.symbol == symbol)
                wait.seen = true;
            else if (wait.in_other_case.empty())
                wait.in_other_case = symbol;
    }
    /// Sorted.
    std::vector<std::string> missing() const {
        return told([](const Wait& wait) { return !wait.seen && wait.in_other_case.empty(); });
    }
    /// Those that stand there in another case only, sorted.
    std::vector<std::string> in_other_case() const {
        return told([](const Wait& wait) { return !wait.seen && !wait.in_other_case.empty(); });
    }
    /// `{"TW":"Tw"}`: what was asked for, and what is there.
    std::string in_other_case_json() const {
        std::string json;
        for (const auto& [capitals, waits] : waited_for_)
            for (const Wait& wait : waits)
                if (!wait.seen && !wait.in_other_case.empty())
                    json += (json.empty() ? "" : ",") + spine::json_quoted(wait.symbol) + ":" +
                            spine::json_quoted(wait.in_other_case);
        return "{" + json + "}";
    }
    std::size_t size() const { return size_; }

private:
    struct Wait {
        std::string symbol;
        std::string in_other_case;
        bool seen = false;
    };

    template <class Predicate> std::vector<std::string> told(Predicate predicate) const {
        std::vector<std::string> texts;
        for (const auto& [capitals, waits] : waited_for_)
            for (const Wait& wait : waits)
                if (predicate(wait))
                    texts.push_back(wait.symbol);
        std::sort(texts.begin(), texts.end());
        return texts;
    }

    /// By what they are in capitals.
    std::map<std::string, std::vector<Wait>, std::less<>> waited_for_;
    std::size_t size_ = 0;
    std::string latest_;
    std::string capitals_;
};

/// The first reading: whether there is anything to take, and what is missing.
class Scout : public parse::Sink {
public:
    Scout(std::optional<std::string_view> expected_json, bool week_is_given)
        : expected_json_(expected_json), week_is_given_(week_is_given) {}

    void row(const RawRow& row) override {
        cost_.keep(row.shares.shares);
        if (!week_is_given_ && !row.week)
            sketch_.add(calc::fingerprint(row));
        if (!expected_)
            expected_.emplace(expected_json_ ? given(expected_symbols(*expected_json_, row.tier))
                                             : std::vector<Symbol>{});
        expected_->see(row.symbol);
    }
    void reject(const RejectedRow& row) override {
        cost_.lose(row.shares);
        if (first_reject_.empty())
            first_reject_ = "line " + std::to_string(row.line) + ": " + std::string(row.detail);
    }
    const std::string& first_reject() const { return first_reject_; }
    const calc::RejectCost& cost() const { return cost_; }
    calc::Sketch& sketch() { return sketch_; }
    /// Once a row has been seen.
    const Expected& expected() const { return *expected_; }

private:
    std::optional<std::string_view> expected_json_;
    bool week_is_given_;
    /// Which of them count depends on the tier, which the first row tells.
    std::optional<Expected> expected_;
    std::string first_reject_;
    calc::RejectCost cost_;
    calc::Sketch sketch_;
};

std::optional<std::string_view> unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// Takes the rows of a file, as `otc_raw` has them.
auto raw_rows(spine::Attempt& attempt, spine_rowset rowset) {
    return attempt.replace<std::int64_t,
                           std::string_view,
                           std::string_view,
                           std::optional<std::string_view>,
                           std::optional<std::string_view>,
                           std::string_view,
                           std::int64_t,
                           std::int64_t,
                           std::optional<std::string_view>,
                           std::int64_t,
                           std::optional<std::string_view>>(
        "otc_raw",
        rowset,
        "line_number|tier_description|symbol|issue_name|venue_name|mpid|total_shares|total_trades|source_last_update_date|"
        "total_shares_millionths|line_text");
}

/// The second reading: rows into the dataset, rejected lines to the host.
class Taker : public parse::Sink {
public:
    Taker(spine::Attempt& attempt,
          std::uint32_t output,
          spine_rowset rowset,
          Date week,
          std::string locator,
          std::int64_t data_lines)
        : attempt_(attempt), output_(output), week_(week), locator_(std::move(locator)),
          data_lines_(data_lines), rows_(raw_rows(attempt, rowset)) {}

    void row(const RawRow& row) override {
        rows_.add(row.line,
                  row.tier_text,
                  row.symbol,
                  unless_empty(row.issue_name),
                  unless_empty(row.venue_name),
                  row.mpid,
                  row.shares.shares,
                  row.trades,
                  last_update_.of(row.last_update),
                  row.shares.millionths,
                  evidence(row));
        if (++taken_ % 16384 == 0)
            attempt_.progress(taken_, static_cast<std::uint64_t>(data_lines_), "rows");
    }
    void reject(const RejectedRow& row) override {
        attempt_.reject(code(row.reason), row.detail, row.raw_text, row.line, locator_, output_);
    }
    std::uint64_t finish() { return rows_.finish(); }

private:
    /// What is kept of the line besides its fields: see `raw_line_text`.
    std::optional<std::string_view> evidence(const RawRow& row) {
        const bool simple = row.layout == Layout::simple;
        // A week that was snapped is spelled otherwise than the partition.
        if (row.is_spelled && (!simple || row.week == week_))
            return simple ? std::optional(std::string_view{}) : std::nullopt;
        write_line(row, line_text_);
        return line_text_;
    }

    spine::Attempt& attempt_;
    std::uint32_t output_;
    Date week_;
    std::string locator_;
    std::int64_t data_lines_;
    DateText last_update_;
    std::string line_text_;
    std::uint64_t taken_ = 0;
    decltype(raw_rows(std::declval<spine::Attempt&>(), spine_rowset{})) rows_;
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
                                   const Expected& expected) {
    using calc::Category;
    std::vector<calc::Check> checks{
        check("record_count_balance",
              Category::integrity,
              summary.rows + summary.rejects == summary.data_lines,
              std::to_string(summary.rows + summary.rejects),
              std::to_string(summary.data_lines)),
        // A file that was cut short mostly ends inside a line, which then cannot be read. Many
        // whole files end without a newline.
        check("last_line_complete",
              Category::integrity,
              !summary.last_line_rejected || !summary.last_newline_missing,
              std::string(summary.last_newline_missing ? "no newline at the end"
                                                       : "a newline at the end") +
                  (summary.last_line_rejected ? ", the last line could not be read"
                                              : ", the last line was read"),
              "a last line that can be read, or a newline behind it"),
        check("windows_1252_lines",
              Category::integrity,
              summary.rows_of_windows_1252 == 0,
              std::to_string(summary.rows_of_windows_1252),
              "0"),
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
    if (expected.size() > 0) {
        const std::size_t missing = expected.missing().size();
        checks.push_back(check("expected_symbols",
                               Category::completeness,
                               missing == 0,
                               std::to_string(expected.size() - missing),
                               std::to_string(expected.size())));
        if (!expected.in_other_case().empty())
            checks.back().details = R"({"in_other_case":)" + expected.in_other_case_json() + "}";
    } else {
        checks.push_back({"expected_symbols",
                          Category::completeness,
                          calc::Status::not_asked,
                          "no symbols of this tier were named",
                          ""});
    }
    return checks;
}

/// From a week's end to the Monday on which its file is published.
std::int64_t days_to_publication(Date week, Tier tier, const parse::WeekClues& clues) {
    const Date monday = week + 3;
    return monday - week_from_file_date(monday, clues.lag, tier);
}

/// The week that a person gave, by its Friday or its Monday. At fault is then what was given,
/// whatever the file says.
std::optional<Date> given_week_of_file(const spine::Attempt& attempt) {
    const DatePolicy policy = date_policy(attempt);
    const auto end = given_date(attempt, "week_ending");
    const auto start = given_date(attempt, "week_start");
    const auto by_end = end ? std::optional(given(week_ending(*end, policy))) : std::nullopt;
    const auto by_start =
        start ? std::optional(given(week_starting(*start, policy))) : std::nullopt;
    if (by_end && by_start && *by_end != *by_start)
        throw error(SPINE_INVALID_ARG,
                    "week_ending " + iso(*end) + " and week_start " + iso(*start) +
                        " are two weeks",
                    "give one of them");
    return by_end ? by_end : by_start;
}

parse::WeekClues
clues_about(const spine::Attempt& attempt, const Summary& summary, std::string_view file) {
    parse::WeekClues clues;
    clues.given = given_week_of_file(attempt);
    clues.file_date = parse::date_of_file(summary, file, given_date(attempt, "file_date"));
    clues.policy = date_policy(attempt);
    clues.lag = publication_lag_from_text(attempt.config_text("publication_lag"))
                    .value_or(PublicationLag::seed);
    return clues;
}

/// How many weeks before and after the derived one are compared with the file.
constexpr int neighbours = 8;

/// How many of the file's rows the capture of that week has; nullopt if there is none.
std::optional<calc::Resemblance> resemblance(const spine::Attempt& attempt,
                                             const std::vector<std::uint64_t>& sketch,
                                             Tier tier,
                                             Date week) {
    const std::string week_text = iso(week);
    const auto head =
        attempt.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage::ingested);
    if (!head)
        return std::nullopt;
    calc::Resemblance found(sketch, head->row_count);
    for (auto [symbol, mpid, shares, millionths, trades] :
         attempt
             .select<std::string_view, std::string_view, std::int64_t, std::int64_t, std::int64_t>(
                 "SELECT symbol, mpid, total_shares, COALESCE(total_shares_millionths, 0), "
                 "total_trades FROM otc_raw WHERE capture_seq = ?",
                 head->capture_seq)) {
        RawRow row;
        row.symbol = symbol;
        row.mpid = mpid;
        row.shares = {shares, millionths};
        row.trades = trades;
        if (!found.see(calc::fingerprint(row)))
            break;
    }
    return found;
}

/// A week that follows from a date is a guess. A file whose rows are those of another week corrects
/// that one, mostly, and would be the wrong week's newest capture: a person has to say. Throws
/// then.
void check_derived_week(const spine::Attempt& attempt,
                        const std::vector<std::uint64_t>& sketch,
                        const std::string& file,
                        Tier tier,
                        Date derived) {
    for (int away = 1; away <= neighbours; ++away)
        for (const Date week : {derived - 7 * away, derived + 7 * away}) {
            const auto other = resemblance(attempt, sketch, tier, week);
            if (!other || !other->is_near())
                continue;
            // Weeks may have the same rows for once; then its own week has them too.
            const auto own = resemblance(attempt, sketch, tier, derived);
            if (own && own->found() >= other->found())
                return;
            throw error(SPINE_INVALID_DATA,
                        file + ": its date stands for the week ending " + iso(derived) + ", but " +
                            std::to_string(other->found()) + " of " +
                            std::to_string(sketch.size()) + " rows are those of the week ending " +
                            iso(week) + ", which is there already",
                        "give the week: week_ending=" + iso(week) +
                            " if it corrects that one, week_ending=" + iso(derived) +
                            " if it is the week of its date");
        }
}

} // namespace

void ingest_week(spine::Attempt& attempt) {
    const std::string file(attempt.text("file"));
    spine::Source source = attempt.open(file);
    Scout scout(attempt.maybe_text("expected_symbols"),
                attempt.has("week_ending") || attempt.has("week_start"));
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
    if (week.source == WeekSource::derived)
        check_derived_week(attempt, scout.sketch().finish(), file, tier, week.week_ending);
    const auto before =
        attempt.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage::ingested);
    const std::string last_update =
        summary.newest_last_update ? iso(*summary.newest_last_update) : std::string();
    const spine_capture capture = attempt.capture(source, last_update, name(week.source), output);
    const std::vector<std::string> missing = scout.expected().missing();
    const std::string missing_list = json_list(missing);
    const std::string in_other_case = scout.expected().in_other_case_json();
    attempt.output("tier", name(tier))
        .output("week_ending", week_text)
        .output("week_source", name(week.source))
        .output("capture_id", spine::view(capture.capture_id))
        .output("source_last_update", last_update)
        .output("data_lines", summary.data_lines)
        .output("expected_count", static_cast<std::int64_t>(scout.expected().size()))
        .output("missing_symbols", spine::Json{missing_list})
        .output("symbols_in_other_case", spine::Json{in_other_case});
    tell(attempt,
         Figures{summary.rows, summary.rejects, summary.lines_with_null, summary.data_lines});
    tell(attempt, scout.cost());
    if (capture.unchanged != 0 || attempt.dry())
        return;

    if (before)
        attempt.anomaly(SPINE_SEVERITY_INFO,
                        "FRESHNESS",
                        "capture " + std::string(spine::view(capture.capture_id)) + " supersedes " +
                            std::string(spine::view(before->capture_id)),
                        {},
                        output);
    record(attempt, checks_of(summary, week, clues, tier, file, scout.expected()), output);
    record(attempt, calc::reject_checks(scout.cost(), reject_limits(attempt)), output);
    record(attempt,
           std::vector{calc::source_freshness(week.week_ending,
                                              summary.newest_last_update,
                                              days_to_publication(week.week_ending, tier, clues) +
                                                  freshness_days(attempt))},
           output);
    const spine_source_info first = source.info();
    spine::Source again = attempt.open(file);
    Taker taker(attempt,
                output,
                capture.rowset,
                week.week_ending,
                std::string(spine::view(first.uri)),
                summary.data_lines);
    const Summary taken = read(again, taker, file);
    if (spine::view(again.info().sha256) != spine::view(first.sha256) || taken != summary)
        throw spine::Error{SPINE_CONFLICT, file + ": it was changed while it was being read"};
    attempt.reached(capture.rowset, taker.finish(), {}, output);
}

} // namespace finra
