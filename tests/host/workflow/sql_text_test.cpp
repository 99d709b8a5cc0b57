#include "workflow/sql_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

using namespace spine::workflow;
using namespace std::string_view_literals;

namespace {

struct Form {
    std::string_view sql;
    std::string_view fault; ///< a part of it; empty: sound
};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.sql; }

const Form forms[] = {
    {"SELECT 1", ""},
    {"  /* a */ select 1 -- b", ""},
    {"SELECT 1;", ""},
    {"SELECT 1 ; -- and no more", ""},
    {"SELECT ';', \";\", [;], `;`, 'it''s; so' FROM t", ""},
    {"WITH a AS (SELECT 1) SELECT * FROM a", ""},
    {"VALUES (1), (2)", ""},
    {"SELECT 1 /* to the end", "a comment that does not end"},
    {"SELECT 1 AS x; DELETE FROM core_rejects", "behind its first statement: 'delete'"},
    {"SELECT 1;;", "behind its first statement"},
    {"SELECT 1; /* ; */ ;", "behind its first statement"},
    {"SELECT 'a', \"b ; DELETE FROM t", "a quotation that does not end"},
    {"SELECT 1\0; DELETE FROM t"sv, "a NUL"},
    {"DELETE FROM t", "begins with 'delete'"},
    {"EXPLAIN SELECT 1", "begins with 'explain'"},
    {"PRAGMA journal_mode", "begins with 'pragma'"},
    {"\"select\" 1", "begins with 'select'"},
    {"(SELECT 1)", "begins with '('"},
    {"", "no statement"},
    {" -- nothing", "no statement"},
    {";", "begins with ';'"},
    {"SELECT current_timestamp", "current_timestamp"},
    {"SELECT date('now')", "'now'"},
    {"SELECT strftime('%Y', 'NOW')", "'now'"},
    {"SELECT \"datetime\"(x, 'localtime') FROM t", "'localtime'"},
    {"SELECT date()", "without a time"},
    {"SELECT strftime('%s')", "without a time"},
    {"SELECT date(day, '+7 days') FROM t WHERE word = 'today'", ""},
    {"SELECT * FROM t WHERE word = 'now'", ""},
    {"SELECT date FROM t", ""},
};

std::uint64_t weight(std::string_view sql) {
    return sql_weight(sql_tokens(sql), [](const std::string& name) { return name == "v" ? std::uint64_t{100} : std::uint64_t{0}; });
}

} // namespace

BOOST_AUTO_TEST_SUITE(sql_text)

BOOST_DATA_TEST_CASE(one_select_is_told_by_its_form, boost::unit_test::data::make(forms)) {
    const auto fault = sql_form_fault(sample.sql);
    BOOST_TEST(fault.has_value() == !sample.fault.empty(), fault.value_or("no fault"));
    BOOST_TEST(fault.value_or("").find(sample.fault) != std::string::npos, fault.value_or("no fault"));
}

BOOST_AUTO_TEST_CASE(what_is_spelled_out_again_is_weighed) {
    BOOST_TEST(weight("SELECT 1") == 1u);
    BOOST_TEST(weight("SELECT * FROM v, v AS w, \"V\"") > 300u);
    BOOST_TEST(weight("WITH a AS (SELECT * FROM v) SELECT * FROM a, a") > 300u);
    BOOST_TEST(weight("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n") < 20u);
    // Two for one, and so on: 2 to the power of 40.
    std::string sql = "WITH c0 AS (SELECT 1 AS x)";
    for (int i = 1; i <= 40; ++i)
        sql += ", c" + std::to_string(i) + "(x) AS NOT MATERIALIZED (SELECT a.x FROM c" + std::to_string(i - 1) + " a, c" +
               std::to_string(i - 1) + " b)";
    BOOST_TEST(sql_form_fault(sql + " SELECT * FROM c40").value_or("").find("stand for each other") != std::string::npos);
    BOOST_TEST(sql_form_fault(sql + " SELECT * FROM c3").has_value()); // what is not asked for is weighed all the same
    // Each level says its column twice: 2 to the power of 30.
    sql = "WITH c0 AS (SELECT 1 AS x)";
    for (int i = 1; i <= 30; ++i)
        sql += ", c" + std::to_string(i) + " AS (SELECT x + x AS x FROM c" + std::to_string(i - 1) + ")";
    BOOST_TEST(sql_form_fault(sql + " SELECT x FROM c30").value_or("").find("spelled out") != std::string::npos);
    sql = "SELECT x FROM t";
    for (int i = 1; i <= 12; ++i)
        sql = "SELECT x+x+x+x+x+x+x AS x FROM (" + sql + ")";
    BOOST_TEST(sql_form_fault(sql).value_or("").find("spelled out") != std::string::npos);
    // What an analyst writes is far below: five steps, each naming its columns several times.
    sql = "WITH s0 AS (SELECT symbol, shares, trades FROM t)";
    for (int i = 1; i <= 5; ++i)
        sql += ", s" + std::to_string(i) + " AS (SELECT a.symbol, a.shares + b.shares AS shares, CASE WHEN a.trades > 0 THEN a.shares / a.trades ELSE 0 END AS "
               "size, a.trades FROM s" + std::to_string(i - 1) + " a JOIN t b ON a.symbol = b.symbol WHERE a.shares > 0 GROUP BY a.symbol)";
    BOOST_TEST(sql_form_fault(sql + " SELECT symbol, shares FROM s5 ORDER BY symbol").value_or("sound") == "sound");
    // A long chain is refused before it is followed.
    sql = "WITH c0 AS (SELECT 1 AS x)";
    for (int i = 1; i <= 3000; ++i)
        sql += ", c" + std::to_string(i) + " AS (SELECT x FROM c" + std::to_string(i - 1) + ")";
    BOOST_TEST(sql_form_fault(sql + " SELECT * FROM c3000").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
