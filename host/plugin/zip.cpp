#include "plugin/inflate.hpp"
#include "plugin/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spine::plugin {

namespace {

constexpr int deflate_window = -15;
constexpr std::size_t end_size = 22;
constexpr std::size_t comment_max = 65'535;
constexpr std::uint64_t entries_max = 1'000;
constexpr std::size_t named_max = 5;           ///< how many members a message names
constexpr std::uint64_t in_zip64 = 0xffffffff; // the value stands in the zip64 record
constexpr std::uint16_t method_stored = 0;
constexpr std::uint16_t method_deflated = 8;

/// Little-endian numbers at places that were checked to be there.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes.at(at + i - 1));
    return value;
}

/// Folders, and what macOS puts beside every file.
bool is_no_data(std::string_view name) {
    constexpr std::string_view beside = "__MACOSX/";
    const auto last =
        name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
    return name.starts_with(beside) || last.empty() || last == ".DS_Store";
}

struct Member {
    std::string name;
    std::uint64_t method = 0;
    std::uint64_t crc = 0;
    std::uint64_t packed = 0;
    std::uint64_t unpacked = 0;
    std::uint64_t data = 0; ///< where its bytes begin
};

/// Finds the only member that holds data by the archive's directory at its end.
class Directory {
public:
    Directory(const InputFile& file, const UnpackGuard& guard) : file_{file}, guard_{guard} {}

    Member only_member() const {
        const auto [entries, directory] = end_record();
        if (entries > entries_max)
            guard_.damaged("the zip holds " + std::to_string(entries) + " members, at most " +
                           std::to_string(entries_max) + " are looked through");
        std::vector<std::string> names;
        Entry only;
        auto at = directory;
        for (std::uint64_t i = 0; i < entries; ++i) {
            auto entry = entry_at(at);
            at = entry.end;
            // A name that is empty is no folder: it is refused below.
            if (!entry.name.empty() && is_no_data(entry.name))
                continue;
            names.push_back(entry.name);
            only = std::move(entry);
        }
        if (names.size() != 1)
            guard_.damaged("the zip holds " + std::to_string(names.size()) +
                           " members with data, exactly one is wanted" + listed(names));
        return member_of(only, directory);
    }

private:
    /// A member as the directory has it.
    struct Entry {
        std::string name;
        std::string header;
        std::string extra;
        std::uint64_t end = 0; ///< where the next one begins
    };
    Entry entry_at(std::uint64_t at) const {
        Entry entry;
        entry.header = file_.at(at, 46);
        if (number(entry.header, 0, 4) != 0x02014b50)
            guard_.damaged("the zip's directory is damaged");
        const auto name_size = number(entry.header, 28, 2);
        const auto extra_size = number(entry.header, 30, 2);
        const auto rest = file_.at(at + 46, name_size + extra_size);
        entry.name = rest.substr(0, name_size);
        entry.extra = rest.substr(name_size);
        entry.end = at + 46 + rest.size() + number(entry.header, 32, 2);
        return entry;
    }
    Member member_of(const Entry& entry, std::uint64_t directory) const {
        const auto& header = entry.header;
        Member member;
        member.name = entry.name;
        member.method = number(header, 10, 2);
        member.crc = number(header, 16, 4);
        member.packed = number(header, 20, 4);
        member.unpacked = number(header, 24, 4);
        auto local = number(header, 42, 4);
        widen(entry.extra, member, local);
        check(member, number(header, 8, 2), number(header, 38, 4) >> 16);
        member.data = data_of(member, local);
        if (member.data > directory || member.packed > directory - member.data)
            guard_.damaged("the zip's member reaches into its directory");
        return member;
    }
    static std::string listed(const std::vector<std::string>& names) {
        std::string text;
        for (std::size_t i = 0; i < names.size() && i < named_max; ++i)
            text += (i == 0 ? ": " : ", ") + quoted(names[i]);
        if (names.size() > named_max)
            text += " and " + std::to_string(names.size() - named_max) + " more";
        return text;
    }

    struct End {
        std::uint64_t entries;
        std::uint64_t directory;
    };
    End end_record() const {
        const auto size = file_.size();
        const auto tail_size = std::min<std::uint64_t>(size, end_size + comment_max);
        const auto tail = file_.at(size - tail_size, tail_size);
        for (auto at = tail.size() < end_size ? std::string::npos : tail.size() - end_size;
             at != std::string::npos;
             at = at == 0 ? std::string::npos : at - 1) {
            if (number(tail, at, 4) != 0x06054b50 ||
                number(tail, at + 20, 2) != tail.size() - at - end_size)
                continue;
            End end{number(tail, at + 10, 2), number(tail, at + 16, 4)};
            if (end.entries == 0xffff || end.directory == in_zip64)
                end = wide_end(size - tail_size + at);
            return end;
        }
        guard_.damaged("the zip is cut short: it has no directory at its end");
    }
    End wide_end(std::uint64_t end) const {
        constexpr std::uint64_t locator_size = 20;
        if (end >= locator_size) {
            const auto locator = file_.at(end - locator_size, locator_size);
            if (number(locator, 0, 4) == 0x07064b50) {
                const auto record = file_.at(number(locator, 8, 8), 56);
                if (number(record, 0, 4) == 0x06064b50)
                    return {number(record, 32, 8), number(record, 48, 8)};
            }
        }
        guard_.damaged("the zip's directory is damaged");
    }
    /// The zip64 extra field has, in this order, those values that did not fit.
    void widen(std::string_view extra, Member& member, std::uint64_t& local) const {
        while (extra.size() >= 4) {
            const auto id = number(extra, 0, 2);
            const auto size = number(extra, 2, 2);
            extra.remove_prefix(4);
            if (size > extra.size())
                guard_.damaged("the zip's directory is damaged");
            if (id == 1) {
                auto values = extra.substr(0, size);
                for (auto* value : {&member.unpacked, &member.packed, &local})
                    if (*value == in_zip64 && values.size() >= 8) {
                        *value = number(values, 0, 8);
                        values.remove_prefix(8);
                    }
                return;
            }
            extra.remove_prefix(size);
        }
    }
    void check(const Member& member, std::uint64_t flags, std::uint64_t unix_mode) const {
        constexpr std::uint64_t encrypted = 0x0001 | 0x0040;
        constexpr std::uint64_t kind = 0170000;
        constexpr std::uint64_t regular = 0100000;
        const auto shown = quoted(member.name);
        if ((flags & encrypted) != 0)
            guard_.damaged("the zip's member " + shown + " is encrypted");
        if (member.name.empty() || member.name.front() == '/' ||
            member.name.find('\\') != std::string::npos ||
            member.name.find('\0') != std::string::npos ||
            ("/" + member.name + "/").find("/../") != std::string::npos)
            guard_.damaged("the zip's member has the unsafe name " + shown);
        if (member.name.back() == '/' || ((unix_mode & kind) != 0 && (unix_mode & kind) != regular))
            guard_.damaged("the zip's member " + shown + " is no regular file");
        if (member.method != method_stored && member.method != method_deflated)
            guard_.damaged("the zip's member " + shown + " is packed by method " +
                           std::to_string(member.method) +
                           ", only stored and deflated ones are read");
        if (member.method == method_stored && member.packed != member.unpacked)
            guard_.damaged("the zip's directory is damaged");
    }
    std::uint64_t data_of(const Member& member, std::uint64_t local) const {
        const auto header = file_.at(local, 30);
        const auto name_size = number(header, 26, 2);
        if (number(header, 0, 4) != 0x04034b50 || file_.at(local + 30, name_size) != member.name)
            guard_.damaged("the zip's member is not what its directory says");
        return local + 30 + name_size + number(header, 28, 2);
    }

    const InputFile& file_;
    const UnpackGuard& guard_;
};

class ZipBytes final : public Bytes {
public:
    ZipBytes(InputFile& file, const std::string& name, const UnpackLimits& limits)
        : file_{file}, guard_{name, limits}, member_{Directory{file, guard_}.only_member()},
          left_{member_.packed} {
        if (member_.method == method_deflated)
            inflater_.emplace(deflate_window);
        file_.seek(member_.data);
    }

    std::size_t read(char* to, std::size_t size) override {
        if (at_end_)
            return 0;
        const auto got = inflater_ ? inflated(to, size) : stored(to, size);
        out_ += got;
        crc_ = crc32_z(crc_, reinterpret_cast<const unsigned char*>(to), got);
        if (got == 0) {
            at_end_ = true;
            if (out_ != member_.unpacked || crc_ != member_.crc)
                guard_.damaged("the zip's member " + quoted(member_.name) +
                               " has a wrong checksum or length");
        }
        return got;
    }

private:
    std::size_t stored(char* to, std::size_t size) {
        const auto got =
            file_.read(to, static_cast<std::size_t>(std::min<std::uint64_t>(size, left_)));
        if (got == 0 && left_ > 0)
            guard_.damaged("the zip data is cut short");
        left_ -= got;
        guard_.count(got, got);
        return got;
    }
    std::size_t inflated(char* to, std::size_t size) {
        while (!ended_) {
            if (inflater_->pending() == 0) {
                const auto wanted =
                    static_cast<std::size_t>(std::min<std::uint64_t>(left_, std::size_t{1} << 20));
                const bool more = wanted > 0 && inflater_->refill(file_, wanted);
                if (!more)
                    guard_.damaged("the zip data is cut short");
                left_ -= inflater_->pending();
            }
            const auto step = inflater_->step(to, size);
            guard_.count(step.in, step.out);
            ended_ = step.code == Z_STREAM_END;
            if (!ended_ && step.code != Z_OK && step.code != Z_BUF_ERROR)
                guard_.damaged("the zip data is damaged");
            if (step.out > 0)
                return step.out;
        }
        return 0;
    }

    InputFile& file_;
    UnpackGuard guard_;
    Member member_;
    std::uint64_t left_; ///< packed bytes that have not been read
    std::optional<Inflater> inflater_;
    std::uint64_t out_ = 0;
    uLong crc_ = 0;
    bool ended_ = false;
    bool at_end_ = false;
};

} // namespace

bool is_zip(std::string_view head) noexcept {
    return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06");
}

std::unique_ptr<Bytes>
unpack_zip(InputFile& file, const std::string& name, const UnpackLimits& limits) {
    return std::make_unique<ZipBytes>(file, name, limits);
}

} // namespace spine::plugin
