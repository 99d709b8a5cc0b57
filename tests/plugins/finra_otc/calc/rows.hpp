// Rows for tests in as few words as possible.
#pragma once

#include "calc/fault.hpp"
#include "schema/record.hpp"
#include "schema/reject.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

inline Symbol symbol(std::string_view text) { return Symbol::from(text).value(); }
inline Venue mpid(std::string_view text) { return Venue::from(text).value(); }

inline VenueVolume volume(std::string_view symbol_text,
                          std::string_view mpid_text,
                          Quantity shares,
                          std::int64_t trades) {
    return {symbol(symbol_text), mpid(mpid_text), shares, trades, std::nullopt};
}

inline std::ostream& operator<<(std::ostream& out, Quantity quantity) {
    return out << decimal_text(quantity);
}

/// The value, or a failed test that says the fault.
template <class T> T value_of(const calc::Result<T>& result) {
    if (const auto* fault = std::get_if<calc::Fault>(&result))
        BOOST_FAIL(fault->what);
    return std::get<T>(result);
}

template <class T> std::string fault_of(const calc::Result<T>& result) {
    BOOST_TEST_REQUIRE(std::holds_alternative<calc::Fault>(result));
    return std::get<calc::Fault>(result).what;
}

struct KeptRejects : RejectSink {
    struct Kept {
        std::int64_t line = 0;
        std::string code, detail, raw_text;
    };
    std::vector<Kept> kept;

    void reject(const RejectedRow& row) override {
        kept.push_back({row.line,
                        std::string(code(row.reason)),
                        std::string(row.detail),
                        std::string(row.raw_text)});
    }
};

} // namespace finra
