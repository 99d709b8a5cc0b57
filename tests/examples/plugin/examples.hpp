// The operations of the examples, a small domain for each. A lambda finds what earlier steps told
// under `outputs.STEP`; where a step may be called anything, its values come as `config`.
#pragma once

#include <spine/plugin.hpp>

namespace examples {

// hello
void greet(spine::Check& check);
void shout(spine::Check& check);

// csv
void extract_csv(spine::Attempt& attempt);
void validate_records(spine::Check& check);
void load_to_db(spine::Attempt& attempt);

// consensus
void fetch_bloomberg(spine::Check& check);
void fetch_factset(spine::Check& check);
void merge_sources(spine::Check& check);

// reports
void generate_daily(spine::Attempt& attempt);
void validate_report(spine::Check& check);
void send_email(spine::Check& check);

// feed
void fetch_data(spine::Check& check);
void parse_v1(spine::Check& check);
void parse_v2(spine::Check& check);
void enrich(spine::Check& check);
void store(spine::Check& check);

// portfolio
void load_positions(spine::Check& check);
void analyze_position(spine::Check& check);
void aggregate_portfolio(spine::Check& check);

// daily
void generate_days(spine::Check& check);
void fetch_daily(spine::Attempt& attempt);
void process_daily(spine::Attempt& attempt);

// sec
void fetch_filings(spine::Attempt& attempt);
void hand_on(spine::Attempt& attempt);
void fetch_with_protection(spine::Check& check);
void process_filings(spine::Attempt& attempt);
void rescue(spine::Check& check);
void check_size(spine::Check& check);

// market
void fetch_nyse(spine::Check& check);
void fetch_nasdaq(spine::Check& check);
void fetch_cboe(spine::Check& check);
void merge_quotes(spine::Check& check);
void market_report(spine::Check& check);

// debug
void fetch_numbers(spine::Check& check);
void double_numbers(spine::Check& check);
void validate_numbers(spine::Check& check);

} // namespace examples
