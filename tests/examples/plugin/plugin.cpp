// What the examples' plugin brings; the work is elsewhere.
#include "examples.hpp"

namespace {

using spine::optional;
using spine::required;

constexpr spine::Param step_of(std::string_view otherwise) {
    return spine::Param{"step", spine::text, optional, "the step whose outputs are looked at"}
        .otherwise(otherwise);
}

// ---- tables
// ----------------------------------------------------------------------------------------------------------

constexpr spine::Column record_columns[] = {
    {"line", spine::integer, "in the file, the header is 1"},
    spine::Column{"cik", spine::text, "the SEC's number"}.nullable(),
    {"name", spine::text, "of the company"},
    {"ticker", spine::text, "its symbol"}};
constexpr spine::Dataset records =
    spine::Dataset{
        "csv_records", spine::KeyedBy::capture, "file", record_columns, "line", "A file as it came"}
        .in("csv");
constexpr spine::Column company_columns[] = {{"cik", spine::text, "the SEC's number"},
                                             {"name", spine::text, "of the company"},
                                             {"ticker", spine::text, "its symbol"}};
constexpr spine::Dataset companies = spine::Dataset{"csv_companies",
                                                    spine::KeyedBy::inputs,
                                                    "file",
                                                    company_columns,
                                                    "cik",
                                                    "Records that are valid"}
                                         .in("csv");
constexpr spine::Column daily_columns[] = {{"n", spine::integer, "the number of the record"},
                                           {"source", spine::text, "where it came from"}};
constexpr spine::Dataset daily =
    spine::Dataset{
        "daily_records", spine::KeyedBy::inputs, "date", daily_columns, "n", "A day's records"}
        .in("daily");
constexpr spine::Column filing_columns[] = {{"cik", spine::text, "who filed"},
                                            {"accession", spine::text, "its number"}};
constexpr spine::Dataset filings = spine::Dataset{"sec_filings",
                                                  spine::KeyedBy::inputs,
                                                  "form_type",
                                                  filing_columns,
                                                  "accession",
                                                  "Filings of one form"}
                                       .in("sec");
constexpr spine::MigrationStep tables[] = {
    spine::create(records), spine::create(companies), spine::create(daily), spine::create(filings)};
constexpr spine::Migration migrations[] = {{1, "tables", tables}};

// ---- pipelines
// -------------------------------------------------------------------------------------------------------

constexpr spine::Param csv_params[] = {
    {"file_path", spine::text, required, "lines of cik,name,ticker"}};
constexpr spine::Param file_params[] = {{"file", spine::text, required, "the name of the file"}};
constexpr spine::Param report_params[] = {{"report_date", spine::date, required, "the day"}};
constexpr spine::Param daily_params[] = {
    {"date", spine::date, required, "the day"},
    spine::Param{"source", spine::text, optional, "where it comes from"}
        .otherwise("sec")
        .in_digest()};
constexpr spine::Param day_params[] = {{"date", spine::date, required, "the day"}};
constexpr spine::Param form_params[] = {
    {"form_type", spine::text, required, "the SEC's form, 10-K"}};

constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"extract_csv", "Read a CSV file", csv_params, &examples::extract_csv}
        .reaches("EXTRACTED")
        .exports("file")
        .version("1")
        .in("csv"),
    spine::Pipeline{"load_to_db", "Keep the valid records", file_params, &examples::load_to_db}
        .partition("file")
        .needs("EXTRACTED")
        .reaches("LOADED")
        .version("1")
        .in("csv"),
    spine::Pipeline{
        "generate_daily", "Make the day's report", report_params, &examples::generate_daily}
        .in("reports"),
    spine::Pipeline{"fetch_daily", "Fetch a day", daily_params, &examples::fetch_daily}
        .partition("date")
        .reaches("FETCHED")
        .version("1")
        .in("daily"),
    spine::Pipeline{"process_daily", "Process a day", day_params, &examples::process_daily}
        .partition("date")
        .needs("FETCHED")
        .reaches("PROCESSED")
        .version("1")
        .in("daily"),
    spine::Pipeline{"fetch_filings", "Fetch filings", form_params, &examples::fetch_filings}
        .partition("form_type")
        .reaches("FETCHED")
        .exports("form_type")
        .version("1")
        .in("sec"),
    spine::Pipeline{"validate_filings", "Validate them", form_params, &examples::hand_on}
        .partition("form_type")
        .needs("FETCHED")
        .reaches("VALIDATED")
        .version("1")
        .in("sec"),
    spine::Pipeline{"normalize_filings", "Normalize them", form_params, &examples::hand_on}
        .partition("form_type")
        .needs("VALIDATED")
        .reaches("NORMALIZED")
        .version("1")
        .in("sec"),
    spine::Pipeline{"store_filings", "Store them", form_params, &examples::hand_on}
        .partition("form_type")
        .needs("NORMALIZED")
        .reaches("STORED")
        .version("1")
        .in("sec"),
    spine::Pipeline{"process_filings", "Process what came", {}, &examples::process_filings}.in(
        "sec"),
};

// ---- lambdas
// ---------------------------------------------------------------------------------------------------------

constexpr spine::Param greet_config[] = {
    spine::Param{"name", spine::text, optional, "whom to greet"}.otherwise("World")};
constexpr spine::Param shout_config[] = {{"message", spine::text, required, "what to shout"}};
constexpr spine::Param records_config[] = {
    step_of("extract"),
    spine::Param{"max_reject_rate", spine::real, optional, "a larger share without cik fails"}
        .otherwise("0.1")};
constexpr spine::Param report_config[] = {step_of("execute")};
constexpr spine::Param email_config[] = {
    {"valid", spine::boolean, required, "whether it may be sent"},
    {"report", spine::text, required, "what it says"},
    {"recipients", spine::json, required, "a list of people"}};
constexpr spine::Param position_config[] = {{"ticker", spine::text, required, "the symbol"},
                                            {"shares", spine::integer, required, "how many"},
                                            {"cost_basis", spine::real, required, "what one cost"}};
constexpr spine::Param portfolio_config[] = {step_of("analyze_each")};
constexpr spine::Param days_config[] = {{"first", spine::date, required, "the first day"},
                                        {"count", spine::integer, required, "how many"}};
constexpr spine::Param circuit_config[] = {
    spine::Param{"circuit_open", spine::boolean, optional, "nothing is asked of the API"}.otherwise(
        "false"),
    spine::Param{"fail_first", spine::integer, optional, "so many attempts fail"}.otherwise("2")};
constexpr spine::Param size_config[] = {{"bytes", spine::integer, required, "how much there is"}};
constexpr spine::Param numbers_config[] = {
    spine::Param{"max_value", spine::real, optional, "a larger value fails"}.otherwise("8")};

constexpr spine::Lambda lambdas[] = {
    spine::Lambda{"greet", "Says hello", greet_config, &examples::greet}.in("hello"),
    spine::Lambda{"shout", "Says it louder", shout_config, &examples::shout}.in("hello"),
    spine::Lambda{"validate_records",
                  "Enough records have a cik",
                  records_config,
                  &examples::validate_records}
        .in("csv"),
    spine::Lambda{"fetch_bloomberg", "What one source says", {}, &examples::fetch_bloomberg}.in(
        "consensus"),
    spine::Lambda{"fetch_factset", "What the other one says", {}, &examples::fetch_factset}.in(
        "consensus"),
    spine::Lambda{"merge", "What both say together", {}, &examples::merge_sources}.in("consensus"),
    spine::Lambda{
        "validate_report", "The report has rows", report_config, &examples::validate_report}
        .in("reports"),
    spine::Lambda{"send_email", "Tells that it would be sent", email_config, &examples::send_email}
        .in("reports"),
    spine::Lambda{"fetch", "Two fields", {}, &examples::fetch_data}.in("feed"),
    spine::Lambda{"parse_v1", "The old parser", {}, &examples::parse_v1}.in("feed"),
    spine::Lambda{"parse_v2", "The new parser", {}, &examples::parse_v2}.in("feed"),
    spine::Lambda{"enrich", "More about it", {}, &examples::enrich}.in("feed"),
    spine::Lambda{"store", "The end", {}, &examples::store}.in("feed"),
    spine::Lambda{"load", "Four positions", {}, &examples::load_positions}.in("portfolio"),
    spine::Lambda{"analyze", "The gain of one", position_config, &examples::analyze_position}.in(
        "portfolio"),
    spine::Lambda{"aggregate", "The gain of all", portfolio_config, &examples::aggregate_portfolio}
        .in("portfolio"),
    spine::Lambda{"generate_days", "Days in a row", days_config, &examples::generate_days}.in(
        "daily"),
    spine::Lambda{"fetch_with_protection",
                  "Asks an API that fails at first",
                  circuit_config,
                  &examples::fetch_with_protection}
        .in("sec"),
    spine::Lambda{"rescue", "Waits and has the step tried again", {}, &examples::rescue}.in("sec"),
    spine::Lambda{"check_size", "Leaves heavy steps out", size_config, &examples::check_size}.in(
        "sec"),
    spine::Lambda{"fetch_nyse", "Prices of one exchange", {}, &examples::fetch_nyse}.in("market"),
    spine::Lambda{"fetch_nasdaq", "Prices of another one", {}, &examples::fetch_nasdaq}.in(
        "market"),
    spine::Lambda{"fetch_cboe", "Prices of a third one", {}, &examples::fetch_cboe}.in("market"),
    spine::Lambda{"merge", "Where prices differ", {}, &examples::merge_quotes}.in("market"),
    spine::Lambda{"report", "What was found, as text", {}, &examples::market_report}.in("market"),
    spine::Lambda{"fetch", "Five numbers", {}, &examples::fetch_numbers}.in("debug"),
    spine::Lambda{"transform", "Twice as much", {}, &examples::double_numbers}.in("debug"),
    spine::Lambda{"validate", "None is too large", numbers_config, &examples::validate_numbers}.in(
        "debug"),
};

// ---- the plugin
// ------------------------------------------------------------------------------------------------------

constexpr spine::Stage csv_stages[] = {{"EXTRACTED", 1}, {"LOADED", 2}};
constexpr spine::Stage daily_stages[] = {{"FETCHED", 1}, {"PROCESSED", 2}};
constexpr spine::Stage sec_stages[] = {
    {"FETCHED", 1}, {"VALIDATED", 2}, {"NORMALIZED", 3}, {"STORED", 4}};
constexpr spine::Domain domains[] = {{"hello", "", ""},
                                     {"csv", "", "csv_", csv_stages},
                                     {"consensus", "", ""},
                                     {"reports", "", ""},
                                     {"feed", "", ""},
                                     {"portfolio", "", ""},
                                     {"daily", "", "daily_", daily_stages},
                                     {"sec", "", "sec_", sec_stages},
                                     {"market", "", ""},
                                     {"debug", "", ""}};
constexpr spine::Plugin plugin{"examples",
                               "1.0.0",
                               {"The operations that the examples name"},
                               domains,
                               pipelines,
                               lambdas,
                               migrations,
                               {SPINE_THREADS_PARALLEL, 1}};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major,
                                                    std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
