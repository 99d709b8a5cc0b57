/// Standard output or error as a string.
#pragma once

#include "cli/sink.hpp"
#include "error.hpp"

#include <string>

namespace spine::test {

class StringSink final : public cli::Sink {
public:
    std::string text;
    bool terminal = false;
    std::size_t columns = 0;
    bool reader_gone = false;
    bool full = false;

    void write(std::string_view bytes) override {
        if (full)
            throw Error{ErrorCode::unavailable, "standard output cannot be written: No space left on device"};
        if (!reader_gone)
            text.append(bytes);
    }
    void flush() override {}
    bool open() const override { return !reader_gone && !full; }
    bool is_terminal() const override { return terminal; }
    std::size_t width() const override { return columns; }
};

} // namespace spine::test
