/// Where bytes go: standard output and standard error, or a string in a test.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spine::cli {

/// Threads: one at a time. Fails: throws Error{unavailable} when the bytes cannot be kept (a full disk); a reader that went
/// away is no failure, `open` then says no.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void write(std::string_view bytes) = 0;
    /// Everything written so far has left the program when it returns.
    virtual void flush() = 0;
    /// False once the reader is gone: whatever else is written is dropped.
    virtual bool open() const = 0;
    virtual bool is_terminal() const = 0;
    /// Columns of the terminal; 0 when it is none.
    virtual std::size_t width() const = 0;
};

/// An open file descriptor that somebody else closes; buffered. SIGPIPE must be ignored.
class DescriptorSink final : public Sink {
public:
    DescriptorSink(int descriptor, std::string name);
    void write(std::string_view bytes) override;
    void flush() override;
    bool open() const override { return open_; }
    bool is_terminal() const override { return terminal_; }
    std::size_t width() const override;

private:
    int descriptor_;
    std::string name_;
    bool terminal_;
    bool open_ = true;
    std::string buffer_;
};

} // namespace spine::cli
