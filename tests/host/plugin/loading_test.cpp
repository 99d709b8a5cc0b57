#include "plugin/declared.hpp"
#include "plugin/library.hpp"
#include "support/as_user.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_unit.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <ostream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace spine::plugin {
namespace {

const std::string bad_folder = SPINE_BAD_PLUGIN_DIR;
const std::string good_file = SPINE_GOOD_PLUGIN;

std::string read(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void put(const std::string& path, const std::string& bytes, mode_t mode = 0644) {
    std::ofstream{path, std::ios::binary} << bytes;
    ::chmod(path.c_str(), mode);
}

/// A plugins folder with the good plugin in it and whatever a test adds.
struct Folder {
    Folder() { put(path() + "/demo_prices.so", read(good_file), 0755); }
    std::string path() const { return folder.path(); }
    void add_bad(const std::string& name) const {
        put(path() + "/" + name + ".so", read(bad_folder + "/" + name + ".so"));
    }
    std::unique_ptr<control::Library> load(std::vector<BuiltIn> built_ins = {}) {
        Origin origin;
        origin.folder = path();
        origin.built_ins = std::move(built_ins);
        return plugin::load(clock, std::move(origin));
    }
    test::TemporaryFolder folder;
    test::ManualClock clock;
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The good plugin is there, and one file is refused with a sentence that has these parts.
void check_refused(const control::Library& library,
                   const std::string& file,
                   const std::vector<std::string>& parts) {
    const auto& catalogue = library.catalogue();
    BOOST_TEST(catalogue.find_plugin("demo_prices") != nullptr);
    BOOST_TEST_REQUIRE(catalogue.refused.size() == 1u);
    const auto& refused = catalogue.refused.front();
    BOOST_TEST(contains(refused.file, file));
    for (const auto& part : parts)
        BOOST_TEST(contains(refused.reason, part),
                   "'" << part << "' is not in: " << refused.reason);
    BOOST_TEST(contains(refused.reason, ", wanted "));
    BOOST_TEST(!contains(refused.reason, "\n"));
}

struct Case {
    const char* name;
    std::vector<std::string> parts;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

const Case cases[] = {
    {"lacks_entry",
     {"check 'exported symbols'", "found none", "spine_plugin_query", "spine_add_plugin()"}},
    {"other_entry",
     {"check 'exported symbols'", "found 1 (plugin_main)", "exactly one, spine_plugin_query"}},
    {"two_symbols", {"check 'exported symbols'", "found 2", "helper"}},
    {"many_symbols", {"check 'exported symbols'", "found 91 (", ", …)"}},
    {"imports_sqlite", {"check 'SQLite'", "imports 'sqlite3_open'", "through the host"}},
    {"undefined_symbol", {"check 'load'", "undefined symbol: nobody_defines_this"}},
    {"other_major", {"check 'ABI'", "found ABI major 2, wanted 1", "upgrade spine"}},
    {"newer_minor", {"check 'ABI'", "needs ABI 1.7", "at most 1.3", "upgrade spine"}},
    {"null_answer", {"check 'query'", "null"}},
    {"throws_query", {"check 'query'", "exception", "thrown out of the query"}},
    {"bad_magic", {"check 'magic'"}},
    {"size_zero", {"check 'struct_size'", "found 0 for spine_plugin"}},
    {"size_small", {"check 'struct_size'", "for spine_plugin_desc"}},
    {"size_huge", {"check 'struct_size'", "2147483647"}},
    {"null_descriptor", {"check 'descriptor'", "null"}},
    {"null_run", {"check 'functions'", "pipeline 'rest' without a run function"}},
    {"null_table", {"check 'table'", "no items but a count of 2"}},
    {"short_stride", {"check 'table'", "stride of 16 bytes"}},
    {"size_over_stride", {"check 'table'", "in item 1", "to the stride of"}},
    {"null_text", {"check 'text'", "without its bytes"}},
    {"long_text", {"check 'text'", "1099511627776 bytes"}},
    {"bad_utf8", {"check 'text'", "not UTF-8", "w\\xffrk"}},
    {"bad_version", {"check 'name'", "version '01.00'", "semantic version"}},
    {"duplicate_pipeline", {"check 'pipelines'", "'bad.domain.work' twice"}},
    {"bad_default",
     {"check 'parameter'", "default of parameter 'count' of pipeline 'work' 'x'", "type integer"}},
    {"core_table", {"check 'tables'", "'core_manifest'", "declares a table that is not its own"}},
    {"core_prefix", {"check 'tables'", "'core_'", "declares a table that is not its own"}},
    {"foreign_table",
     {"check 'tables'", "'otc_raw'", "declares a table that is not its own", "'bad_'"}},
    {"undeclared_stage", {"check 'stages'", "reaches 'DONE'"}},
    {"name_of_sqlite", {"check 'tables'", "'json_each'"}},
    {"view_of_two_statements", {"check 'migration'", "view 'bad_numbers' in migration 1", "behind its first statement: 'delete'"}},
    {"nullable_key", {"check 'dataset'", "nullable column 'n'"}},
    {"misspelt_partition",
     {"check 'pipelines'", "pipeline 'bad.domain.work' with partition key 'dya'", "domain 'bad.domain'", "did you mean 'day'?"}},
    {"same_rank", {"check 'stages'", "stages 'RAW' and 'DONE' of rank 2 in domain 'bad.domain'"}},
    {"no_calc_version",
     {"check 'pipelines'", "pipeline 'work' that reaches 'DONE' without a calculation version"}},
    {"impossible_date",
     {"check 'parameter'", "default of parameter 'count' of pipeline 'work' '2026-02-30'", "type date"}},
    {"nul_in_text",
     {"check 'text'", "description of parameter 'count' of pipeline 'work'", "how\\x00many"}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(a_sound_plugin_is_described_whole) {
    Folder folder;
    const auto library = folder.load();
    const auto& catalogue = library->catalogue();
    BOOST_TEST(catalogue.refused.empty());
    const auto* plugin = catalogue.find_plugin("demo_prices");
    BOOST_TEST_REQUIRE(plugin != nullptr);
    BOOST_TEST(plugin->version == "1.0.0");
    BOOST_TEST(plugin->file == folder.path() + "/demo_prices.so");
    BOOST_TEST(plugin->sha256.size() == 64u);
    BOOST_TEST(plugin->parallel);
    const auto* pipeline = catalogue.find_pipeline("demo.load_day");
    BOOST_TEST_REQUIRE(pipeline != nullptr);
    BOOST_TEST(pipeline->name == "demo.prices.load_day");
    BOOST_TEST(pipeline->stage == "LOADED");
    BOOST_TEST_REQUIRE(pipeline->parameters.size() == 2u);
    BOOST_TEST(pipeline->parameters[1].required);
    BOOST_TEST((pipeline->parameters[1].type == workflow::Type::date));
    const auto datasets = catalogue.datasets();
    BOOST_TEST_REQUIRE(datasets.size() == 1u);
    BOOST_TEST(datasets[0].name == "demo_prices");
    BOOST_TEST(datasets[0].domain == "demo.prices");
    BOOST_TEST(datasets[0].partition_keys == std::vector<std::string>{"day"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_case_that_all_bad_ones_differ_from_loads) {
    Folder folder;
    folder.add_bad("sound");
    const auto library = folder.load();
    BOOST_TEST(library->catalogue().refused.empty());
    BOOST_TEST(library->catalogue().find_pipeline("bad.work") != nullptr);
}

BOOST_DATA_TEST_CASE(a_bad_plugin_is_refused_in_one_sentence_and_the_others_load,
                     boost::unit_test::data::make(cases),
                     one) {
    Folder folder;
    folder.add_bad(one.name);
    auto parts = one.parts;
    parts.push_back(std::string{one.name} + ".so: check ");
    check_refused(*folder.load(), one.name, parts);
}

BOOST_AUTO_TEST_CASE(a_prefix_that_another_plugin_has_is_refused_naming_it) {
    Folder folder;
    folder.add_bad("taken_prefix"); // sorts behind demo_prices.so
    check_refused(*folder.load(),
                  "taken_prefix",
                  {"check 'tables'", "'demo_'", "plugin 'demo_prices'", "not its own"});
}

BOOST_AUTO_TEST_CASE(the_second_file_of_one_plugin_is_refused_naming_the_first) {
    Folder folder;
    put(folder.path() + "/zz_copy.so", read(good_file));
    check_refused(*folder.load(),
                  "zz_copy.so",
                  {"check 'id'", "'demo_prices'", "demo_prices.so", "remove one"});
}

BOOST_AUTO_TEST_CASE(a_missing_folder_has_no_plugins) {
    test::ManualClock clock;
    Origin origin;
    origin.folder = "/nonexistent/plugins";
    const auto library = load(clock, origin);
    BOOST_TEST(library->catalogue().plugins.empty());
    BOOST_TEST(library->catalogue().refused.empty());
}

BOOST_AUTO_TEST_CASE(other_files_in_the_folder_are_none_of_our_business) {
    Folder folder;
    put(folder.path() + "/README.txt", "not a plugin");
    put(folder.path() + "/demo_prices.so.bak", "not a plugin");
    BOOST_TEST(folder.load()->catalogue().refused.empty());
}

BOOST_AUTO_TEST_CASE(a_text_file_is_refused) {
    Folder folder;
    put(folder.path() + "/text.so", "this is no library\n");
    check_refused(
        *folder.load(), "text.so", {"check 'shared library'", "a file that is no library"});
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_refused) {
    Folder folder;
    put(folder.path() + "/empty.so", "");
    check_refused(*folder.load(), "empty.so", {"check 'shared library'", "an empty file"});
}

BOOST_AUTO_TEST_CASE(a_library_of_another_machine_or_class_is_refused) {
    const auto good = read(bad_folder + "/sound.so");
    auto other = good;
    other[18] = 8; // e_machine: MIPS
    other[19] = 0;
    Folder machine;
    put(machine.path() + "/mips.so", other);
    check_refused(*machine.load(), "mips.so", {"check 'shared library'", "machine 8"});
    other = good;
    other[4] = 1; // ELFCLASS32
    Folder small;
    put(small.path() + "/small.so", other);
    check_refused(*small.load(), "small.so", {"a 32-bit library"});
    other = good;
    other[16] = 2; // ET_EXEC
    Folder program;
    put(program.path() + "/program.so", other);
    check_refused(*program.load(), "program.so", {"an ELF file of type 2"});
}

BOOST_AUTO_TEST_CASE(a_truncated_library_is_refused_before_anything_of_it_runs) {
    const auto good = read(bad_folder + "/sound.so");
    for (const auto size : {std::size_t{40}, std::size_t{64}, std::size_t{300}, good.size() / 4}) {
        Folder folder;
        put(folder.path() + "/cut.so", good.substr(0, size));
        check_refused(*folder.load(), "cut.so", {"check 'shared library'"});
    }
}

BOOST_AUTO_TEST_CASE(a_link_a_folder_and_a_fifo_are_refused) {
    Folder link;
    fs::create_symlink(bad_folder + "/sound.so", link.path() + "/link.so");
    check_refused(*link.load(), "link.so", {"check 'file'", "a symbolic link"});
    Folder folder;
    fs::create_directory(folder.path() + "/folder.so");
    check_refused(*folder.load(), "folder.so", {"check 'file'", "a folder"});
    Folder fifo;
    BOOST_TEST_REQUIRE(::mkfifo((fifo.path() + "/fifo.so").c_str(), 0644) == 0);
    check_refused(*fifo.load(), "fifo.so", {"check 'file'", "no regular file"});
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_write_to_is_refused) {
    for (const mode_t mode : {0666u, 0664u}) {
        Folder folder;
        put(folder.path() + "/open.so", read(bad_folder + "/sound.so"), mode);
        check_refused(
            *folder.load(), "open.so", {"check 'file'", "others may write to it", "chmod go-w"});
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_may_write_to_gives_no_plugins_at_all) {
    Folder folder;
    ::chmod(folder.path().c_str(), 0777);
    const auto library = folder.load();
    BOOST_TEST(library->catalogue().plugins.empty());
    BOOST_TEST_REQUIRE(library->catalogue().refused.size() == 1u);
    const auto& reason = library->catalogue().refused.front().reason;
    BOOST_TEST(contains(reason, "others may write to it (mode 0777)"));
    BOOST_TEST(contains(reason, folder.path()));
}

BOOST_AUTO_TEST_CASE(a_parent_folder_that_others_may_write_to_gives_no_plugins_at_all) {
    test::TemporaryFolder top;
    const auto inner = top.path() + "/open/plugins";
    fs::create_directories(inner);
    put(inner + "/demo_prices.so", read(good_file));
    test::ManualClock clock;
    Origin origin;
    origin.folder = inner;
    BOOST_TEST(load(clock, origin)->catalogue().plugins.size() ==
               1u); // below /tmp, which root owns and is sticky
    ::chmod((top.path() + "/open").c_str(), 0770);
    const auto library = load(clock, origin);
    BOOST_TEST(library->catalogue().plugins.empty());
    BOOST_TEST_REQUIRE(library->catalogue().refused.size() == 1u);
    BOOST_TEST(contains(library->catalogue().refused.front().reason, top.path() + "/open'"));
}

BOOST_AUTO_TEST_CASE(
    a_link_on_the_way_to_the_folder_is_checked_where_it_stands_and_where_it_leads) {
    test::TemporaryFolder top;
    fs::create_directories(top.path() + "/real/open/plugins");
    fs::create_directory_symlink(top.path() + "/real/open/plugins", top.path() + "/link");
    ::chmod((top.path() + "/real/open").c_str(), 0777);
    test::ManualClock clock;
    Origin origin;
    origin.folder = top.path() + "/link";
    const auto library = load(clock, origin);
    BOOST_TEST_REQUIRE(library->catalogue().refused.size() == 1u);
    BOOST_TEST(contains(library->catalogue().refused.front().reason, "/real/open'"));
}

namespace {
std::string verdicts(const std::string& folder) {
    test::ManualClock clock;
    Origin origin;
    origin.folder = folder;
    const auto library = load(clock, origin);
    std::string text = std::to_string(library->catalogue().plugins.size()) + " loaded";
    for (const auto& refused : library->catalogue().refused)
        text += "; " + refused.reason;
    return text;
}
} // namespace

BOOST_AUTO_TEST_CASE(an_ordinary_user_trusts_root_and_himself_and_nobody_else) {
    if (!test::is_root()) {
        BOOST_TEST_MESSAGE("needs root to make files of several users; not done");
        return;
    }
    constexpr uid_t user = 4242;
    constexpr uid_t stranger = 4343;
    Folder folder;
    ::chmod(folder.path().c_str(), 0755);
    put(folder.path() + "/own.so", read(bad_folder + "/sound.so"));
    BOOST_TEST(::chown((folder.path() + "/own.so").c_str(), user, user) == 0);
    BOOST_TEST(test::as_user(user, [&] { return verdicts(folder.path()); }) == "2 loaded");
    BOOST_TEST(contains(verdicts(folder.path()),
                        "1 loaded; own.so: check 'file': found that user 4242 owns it"));
    BOOST_TEST(::chown((folder.path() + "/own.so").c_str(), stranger, stranger) == 0);
    BOOST_TEST(contains(test::as_user(user, [&] { return verdicts(folder.path()); }),
                        "1 loaded; own.so: check 'file': found that user 4343 owns it"));
    ::chmod((folder.path() + "/demo_prices.so").c_str(), 0700);
    BOOST_TEST(contains(
        test::as_user(user, [&] { return verdicts(folder.path()); }),
        "demo_prices.so: check 'file': found that it cannot be opened (Permission denied)"));
    BOOST_TEST(::chown(folder.path().c_str(), stranger, stranger) == 0);
    BOOST_TEST(contains(test::as_user(user, [&] { return verdicts(folder.path()); }),
                        "0 loaded; plugins folder"));
}

BOOST_AUTO_TEST_CASE(exceptions_out_of_a_loaded_librarys_run_are_failures_of_the_attempt) {
    Folder folder;
    folder.add_bad("throws_run");
    const auto library = folder.load();
    test::MemoryState state;
    test::MemoryUnit unit{state};
    const run::CancelToken cancel;
    for (const auto& [name, words] :
         {std::pair{"bad.work", "thrown out of run"}, std::pair{"bad.rest", "no std::exception"}}) {
        run::Call call;
        call.pipeline = library->catalogue().find_pipeline(name);
        BOOST_TEST_REQUIRE(call.pipeline != nullptr);
        const auto outcome = library->invoker().invoke(call, unit, {}, cancel, {});
        const auto* failure = std::get_if<unit::Failure>(&outcome);
        BOOST_TEST_REQUIRE(failure != nullptr);
        BOOST_TEST((failure->category == unit::Category::step_error));
        BOOST_TEST(contains(failure->message, words));
    }
}

BOOST_AUTO_TEST_CASE(only_a_file_that_the_store_was_not_used_with_is_loaded_for_a_trial) {
    Folder folder;
    const auto sha256 = folder.load()->catalogue().find_plugin("demo_prices")->sha256;
    const auto tried = [&](const std::string& used) {
        Origin origin;
        origin.folder = folder.path();
        origin.probes = true; // this program's child knows no trial and ends with an exit code
        origin.known = [used] { return std::vector{control::KnownPlugin{"demo_prices", {}, 1, "1.0.0", used}}; };
        const auto library = plugin::load(folder.clock, std::move(origin));
        return !library->catalogue().refused.empty() && contains(library->catalogue().refused.front().reason, "for a trial");
    };
    BOOST_TEST(!tried(sha256));
    BOOST_TEST(tried("of other bytes"));
}

BOOST_AUTO_TEST_CASE(a_changed_step_changes_a_migrations_checksum_and_a_description_does_not) {
    workflow::Migration migration;
    migration.number = 1;
    workflow::MigrationStep step;
    step.name = step.dataset.name = "demo_x";
    step.dataset.columns = {{"n", workflow::Type::integer, false, false, "a number"}};
    migration.steps = {step};
    const auto before = checksum(migration);
    migration.steps[0].dataset.columns[0].description = "the number";
    BOOST_TEST(checksum(migration) == before);
    migration.steps[0].dataset.columns[0].nullable = true;
    BOOST_TEST(checksum(migration) != before);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
