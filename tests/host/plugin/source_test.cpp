#include "error.hpp"
#include "plugin/source.hpp"
#include "support/as_user.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>

namespace fs = std::filesystem;

namespace spine::plugin {
namespace {

/// zlib's container by its window: 31 gzip, -15 bare deflate.
std::string deflated(const std::string& text, int window) {
    z_stream stream{};
    BOOST_TEST_REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    BOOST_TEST_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}
std::string gzip(const std::string& text) { return deflated(text, 31); }

void number(std::string& out, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

struct Member {
    std::string name;
    std::string text;
    bool deflate = true;
    unsigned flags = 0;
    unsigned method = 99; ///< 99: as `deflate` says
    unsigned unix_mode = 0100644;
    long crc_off = 0;
    bool wide = false;                   ///< sizes in the zip64 extra field
    std::uint64_t declared = UINT64_MAX; ///< the unpacked size, if not the true one
};

std::string zip(const std::vector<Member>& members) {
    std::string out;
    std::string directory;
    for (const auto& member : members) {
        const auto packed = member.deflate ? deflated(member.text, -15) : member.text;
        const auto method = member.method != 99 ? member.method : member.deflate ? 8u : 0u;
        const auto crc = crc32_z(0,
                                 reinterpret_cast<const unsigned char*>(member.text.data()),
                                 member.text.size()) +
                         static_cast<unsigned long>(member.crc_off);
        const auto offset = out.size();
        const auto size = member.declared != UINT64_MAX ? member.declared : member.text.size();
        const auto common = [&](std::string& to, bool central) {
            number(to, 20, 2);
            number(to, member.flags, 2);
            number(to, method, 2);
            number(to, 0, 4); // time
            number(to, crc, 4);
            number(to, central && member.wide ? 0xffffffff : packed.size(), 4);
            number(to, central && member.wide ? 0xffffffff : size, 4);
            number(to, member.name.size(), 2);
        };
        number(out, 0x04034b50, 4);
        common(out, false);
        number(out, 0, 2);
        out += member.name + packed;
        number(directory, 0x02014b50, 4);
        number(directory, 0x031e, 2);
        common(directory, true);
        number(directory, member.wide ? 20 : 0, 2);
        number(directory, 0, 2);
        number(directory, 0, 2);
        number(directory, 0, 2);
        number(directory, std::uint64_t{member.unix_mode} << 16, 4);
        number(directory, offset, 4);
        directory += member.name;
        if (member.wide) {
            number(directory, 1, 2);
            number(directory, 16, 2);
            number(directory, size, 8);
            number(directory, packed.size(), 8);
        }
    }
    const auto at = out.size();
    out += directory;
    number(out, 0x06054b50, 4);
    number(out, 0, 4);
    number(out, members.size(), 2);
    number(out, members.size(), 2);
    number(out, directory.size(), 4);
    number(out, at, 4);
    number(out, 0, 2);
    return out;
}

struct Files {
    std::string put(const std::string& name, const std::string& bytes) const {
        const auto path = folder.path() + "/" + name;
        std::ofstream{path, std::ios::binary} << bytes;
        return path;
    }
    test::TemporaryFolder folder;
};

std::string whole(Source& source) {
    std::string text;
    for (auto part = source.read(); !part.empty(); part = source.read())
        text += part;
    return text;
}

std::string content(const std::string& path, const UnpackLimits& limits = {}) {
    Source source{path, limits};
    return whole(source);
}

auto fails(ErrorCode code, const std::string& words) {
    return [=](const Error& error) {
        BOOST_TEST(std::string{error.what()}.find(words) != std::string::npos,
                   "'" << words << "' is not in: " << error.what());
        return error.code() == code;
    };
}

std::string lines(std::size_t bytes) {
    std::string text;
    for (std::uint64_t i = 1; text.size() < bytes; ++i)
        text += std::to_string(i * 2654435761u) + "|AAPL|" + std::to_string(i) + "\n";
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(a_plain_file_is_read_and_hashed) {
    const Files files;
    const auto path = files.put("week.csv", "abc");
    Source source{path};
    BOOST_TEST(source.name() == "week.csv");
    BOOST_TEST(source.uri() == "file://" + path);
    BOOST_TEST(!source.finished());
    BOOST_TEST(whole(source) == "abc");
    BOOST_TEST(source.finished());
    BOOST_TEST(source.bytes() == 3u);
    BOOST_TEST(source.sha256() ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(source.read().empty()); // once more at the end is no fault
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_an_empty_content) {
    const Files files;
    BOOST_TEST(content(files.put("empty.csv", "")).empty());
}

BOOST_AUTO_TEST_CASE(a_big_file_comes_in_chunks_of_a_quarter_mebibyte) {
    const Files files;
    const auto text = lines(700'000);
    Source source{files.put("big.csv", text)};
    BOOST_TEST(source.read().size() == 262'144u);
    BOOST_TEST(source.read().size() == 262'144u);
    BOOST_TEST(source.read().size() == text.size() - 524'288u);
}

BOOST_AUTO_TEST_CASE(packed_files_have_the_content_name_and_digest_of_what_is_in_them) {
    const Files files;
    const auto text = lines(600'000);
    Source plain{files.put("w.csv", text)};
    whole(plain);
    for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
             {"w.csv.gz", gzip(text)},
             {"w.csv.zip", zip({{"dir/w.csv", text}})},
             {"W.csv.ZIP", zip({{"w.csv", text, false}})},
             {"wide.csv.zip", zip({{"w.csv", text, true, 0, 99, 0100644, 0, true}})}}) {
        Source packed{files.put(name, bytes)};
        BOOST_TEST((whole(packed) == text), name);
        BOOST_TEST(packed.sha256() == plain.sha256());
        BOOST_TEST(packed.bytes() == text.size());
        BOOST_TEST(packed.name() == name.substr(0, name.rfind('.')));
    }
}

BOOST_AUTO_TEST_CASE(what_is_packed_is_seen_by_its_bytes_not_its_name) {
    const Files files;
    BOOST_TEST(content(files.put("week.csv", gzip("abc"))) == "abc");
    BOOST_TEST(content(files.put("week.txt", zip({{"a", "abc"}}))) == "abc");
    BOOST_CHECK_EXCEPTION(content(files.put("week.gz", "abc")),
                          Error,
                          fails(ErrorCode::bad_data, "named as an archive"));
    BOOST_CHECK_EXCEPTION(content(files.put("week.zip", "")),
                          Error,
                          fails(ErrorCode::bad_data, "named as an archive"));
}

BOOST_AUTO_TEST_CASE(gzip_members_one_after_the_other_are_one_content) {
    const Files files;
    BOOST_TEST(content(files.put("a.gz", gzip("one,") + gzip("") + gzip("two"))) == "one,two");
    BOOST_TEST(content(files.put("b.gz", gzip("one") + std::string(700, '\0'))) == "one");
    BOOST_CHECK_EXCEPTION(content(files.put("c.gz", gzip("one") + "trailing")),
                          Error,
                          fails(ErrorCode::bad_data, "other bytes behind"));
}

BOOST_AUTO_TEST_CASE(gzip_cut_short_anywhere_is_refused) {
    const Files files;
    const auto packed = gzip(lines(5'000));
    for (std::size_t size = 4; size < packed.size(); size += 97)
        BOOST_CHECK_EXCEPTION(content(files.put("cut.gz", packed.substr(0, size))),
                              Error,
                              fails(ErrorCode::bad_data, "cut short"));
    BOOST_CHECK_EXCEPTION(content(files.put("cut.gz", packed.substr(0, packed.size() - 1))),
                          Error,
                          fails(ErrorCode::bad_data, "cut short"));
}

BOOST_AUTO_TEST_CASE(gzip_with_a_wrong_checksum_is_refused) {
    const Files files;
    auto packed = gzip(lines(5'000));
    packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
    BOOST_CHECK_EXCEPTION(
        content(files.put("bad.gz", packed)), Error, fails(ErrorCode::bad_data, "damaged"));
}

BOOST_AUTO_TEST_CASE(bombs_are_stopped_by_what_really_comes_out) {
    const Files files;
    const std::string zeros(64 << 20, '\0');
    const auto ratio = fails(ErrorCode::bad_data, "200 times its size");
    BOOST_CHECK_EXCEPTION(content(files.put("bomb.gz", gzip(zeros))), Error, ratio);
    BOOST_CHECK_EXCEPTION(content(files.put("bomb.zip", zip({{"a", zeros}}))), Error, ratio);
    // What an archive declares bounds nothing.
    Member modest{"a", zeros};
    modest.declared = 10;
    BOOST_CHECK_EXCEPTION(content(files.put("modest.zip", zip({modest}))), Error, ratio);
    modest.wide = true;
    BOOST_CHECK_EXCEPTION(content(files.put("wide.zip", zip({modest}))), Error, ratio);
    BOOST_TEST(content(files.put("small.gz", gzip(zeros.substr(0, 16 << 20)))).size() ==
               std::size_t{16} << 20);
    UnpackLimits limits;
    limits.bytes_max = 1000;
    BOOST_TEST(content(files.put("fits.gz", gzip(lines(900).substr(0, 1000))), limits).size() <=
               1000u);
    BOOST_CHECK_EXCEPTION(content(files.put("much.gz", gzip(lines(2'000))), limits),
                          Error,
                          fails(ErrorCode::bad_data, "more than 1000 bytes"));
    Member small{"a", lines(2'000)};
    small.declared = 10;
    BOOST_CHECK_EXCEPTION(content(files.put("much.zip", zip({small})), limits),
                          Error,
                          fails(ErrorCode::bad_data, "more than 1000 bytes"));
}

BOOST_AUTO_TEST_CASE(an_archive_within_an_archive_is_refused) {
    const Files files;
    const auto nested = fails(ErrorCode::bad_data, "holds another archive");
    BOOST_CHECK_EXCEPTION(content(files.put("a.gz", gzip(gzip("x")))), Error, nested);
    BOOST_CHECK_EXCEPTION(
        content(files.put("a.zip", zip({{"b.zip", zip({{"c", "x"}})}}))), Error, nested);
}

BOOST_AUTO_TEST_CASE(a_zip_has_exactly_one_harmless_member) {
    const Files files;
    const auto refuses = [&](const std::vector<Member>& members, const std::string& words) {
        BOOST_CHECK_EXCEPTION(
            content(files.put("a.zip", zip(members))), Error, fails(ErrorCode::bad_data, words));
    };
    refuses({}, "0 members");
    refuses({{"a", "1"}, {"b", "2"}}, "2 members");
    refuses({{"../a", "1"}}, "unsafe name");
    refuses({{"/etc/a", "1"}}, "unsafe name");
    refuses({{"a\\b", "1"}}, "unsafe name");
    refuses({{"", "1"}}, "unsafe name");
    refuses({{"a/", ""}}, "0 members with data");
    refuses({{"a", "/etc/passwd", true, 0, 99, 0120777}}, "no regular file");
    refuses({{"a", "1", true, 1}}, "encrypted");
    refuses({{"a", "1", true, 0, 14}}, "method 14");
    refuses({{"a", "1", true, 0, 99, 0100644, 1}}, "wrong checksum");
}

BOOST_AUTO_TEST_CASE(folders_and_what_macos_adds_are_no_data) {
    const Files files;
    const std::vector<Member> members{{"weeks/", "", false, 0, 99, 0040755},
                                      {"weeks/.DS_Store", "Bud1"},
                                      {"weeks/week.csv", "content"},
                                      {"__MACOSX/", "", false},
                                      {"__MACOSX/weeks/._week.csv", "resource"}};
    BOOST_TEST(content(files.put("a.zip", zip(members))) == "content");
    auto two = members;
    two.push_back({"weeks/other.csv", "more"});
    BOOST_CHECK_EXCEPTION(content(files.put("a.zip", zip(two))),
                          Error,
                          fails(ErrorCode::bad_data, "2 members with data"));
    BOOST_CHECK_EXCEPTION(
        content(files.put("a.zip", zip(two))), Error, fails(ErrorCode::bad_data, "weeks/week.csv"));
    two.insert(two.end(), 5, {"x", "1"});
    BOOST_CHECK_EXCEPTION(
        content(files.put("a.zip", zip(two))), Error, fails(ErrorCode::bad_data, "and 2 more"));
    BOOST_CHECK_EXCEPTION(content(files.put("a.zip", zip(std::vector<Member>(1'001, {"d/", ""})))),
                          Error,
                          fails(ErrorCode::bad_data, "at most 1000"));
}

BOOST_AUTO_TEST_CASE(a_zip_cut_short_anywhere_or_with_any_byte_changed_never_crashes) {
    const Files files;
    const auto text = lines(3'000);
    const auto packed = zip({{"week.csv", text}});
    for (std::size_t size = 4; size < packed.size(); size += 31)
        BOOST_CHECK_THROW(content(files.put("cut.zip", packed.substr(0, size))), Error);
    std::size_t refused = 0;
    for (std::size_t at = 4; at < packed.size(); ++at) {
        auto changed = packed;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        try {
            BOOST_TEST((content(files.put("changed.zip", changed)) ==
                        text)); // a byte that means nothing, a time
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::bad_data || error.code() == ErrorCode::invalid));
            ++refused;
        }
    }
    BOOST_TEST(refused > packed.size() / 2);
}

BOOST_AUTO_TEST_CASE(only_regular_files_are_sources) {
    const Files files;
    const auto path = files.put("real.csv", "abc");
    BOOST_CHECK_EXCEPTION(content(files.folder.path() + "/none.csv"),
                          Error,
                          fails(ErrorCode::not_found, "does not exist"));
    BOOST_CHECK_EXCEPTION(
        content(path + "/below.csv"), Error, fails(ErrorCode::not_found, "does not exist"));
    BOOST_CHECK_EXCEPTION(
        content(files.folder.path()), Error, fails(ErrorCode::invalid, "is a folder"));
    const auto fifo = files.folder.path() + "/fifo";
    BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0644) == 0);
    BOOST_CHECK_EXCEPTION(content(fifo),
                          Error,
                          fails(ErrorCode::invalid, "is a FIFO")); // and nobody waits for a writer
    BOOST_CHECK_EXCEPTION(content("/dev/null"), Error, fails(ErrorCode::invalid, "is a device"));
    const auto link = files.folder.path() + "/link";
    fs::create_symlink(path, link);
    BOOST_CHECK_EXCEPTION(content(link), Error, fails(ErrorCode::invalid, "is a symbolic link"));
    const auto loop = files.folder.path() + "/loop";
    fs::create_symlink(loop, loop);
    BOOST_CHECK_EXCEPTION(content(loop), Error, fails(ErrorCode::invalid, "is a symbolic link"));
    BOOST_CHECK_EXCEPTION(
        content(loop + "/a"), Error, fails(ErrorCode::invalid, "too many symbolic links"));
    BOOST_TEST(is_source(path));
    BOOST_TEST(!is_source(link));
    BOOST_TEST(!is_source(fifo));
    BOOST_TEST(!is_source(files.folder.path() + "/none.csv"));
}

BOOST_AUTO_TEST_CASE(a_file_that_an_ordinary_user_may_not_read_is_denied) {
    if (!test::is_root()) {
        BOOST_TEST_MESSAGE("needs root to become an ordinary user; not done");
        return;
    }
    const Files files;
    const auto path = files.put("secret.csv", "abc");
    ::chmod(files.folder.path().c_str(), 0755);
    ::chmod(path.c_str(), 0600);
    const auto try_it = [&]() -> std::string {
        try {
            return content(path);
        } catch (const Error& error) {
            return std::to_string(exit_code(error.code())) + " " + error.what();
        }
    };
    BOOST_TEST(test::as_user(4242, try_it) == "8 file '" + path + "' may not be read");
    ::chmod(files.folder.path().c_str(), 0700);
    BOOST_TEST(test::as_user(4242, try_it) == "8 file '" + path + "' may not be read");
    BOOST_TEST(try_it() == "abc");
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_shrinks_or_is_written_while_it_is_read_is_refused) {
    const Files files;
    const auto changes = [&](auto&& change) {
        const auto path = files.put("live.csv", lines(300'000));
        Source source{path};
        source.read();
        change(path);
        BOOST_CHECK_EXCEPTION(
            whole(source), Error, fails(ErrorCode::bad_data, "changed while it was read"));
        BOOST_TEST(!source.finished());
    };
    changes([](const std::string& path) { std::ofstream{path, std::ios::app} << "more"; });
    changes([](const std::string& path) { BOOST_TEST(::truncate(path.c_str(), 270'000) == 0); });
    changes([](const std::string& path) {
        const std::array<timespec, 2> times{{{1, 0}, {1, 0}}};
        BOOST_TEST(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_location_is_a_path_or_a_file_uri) {
    BOOST_TEST(path_of("week.csv").value() == "week.csv");
    BOOST_TEST(path_of("a:b/c.csv").value() == "a:b/c.csv");
    BOOST_TEST(path_of("./a/file://b").value() == "./a/file://b");
    BOOST_TEST(path_of("file:///data/a%20b%2f.csv").value() == "/data/a b/.csv");
    BOOST_TEST(path_of("file:///data/100%").value() == "/data/100%");
    BOOST_TEST(path_of("file://localhost/data").value() == "/data");
    BOOST_CHECK_EXCEPTION(
        path_of("file://server/data"), Error, fails(ErrorCode::invalid, "another machine"));
    BOOST_TEST(!path_of("https://example.org/a.csv").has_value());
    BOOST_TEST(!path_of("s3://bucket/a").has_value());
    BOOST_CHECK_EXCEPTION(path_of(""), Error, fails(ErrorCode::invalid, "no path"));
    BOOST_CHECK_EXCEPTION(
        path_of(std::string{"a\0b", 3}), Error, fails(ErrorCode::invalid, "no path"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
