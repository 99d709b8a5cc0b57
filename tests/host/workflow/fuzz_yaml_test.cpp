#include "demo_plugins.hpp"
#include "random_workflow.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace spine::workflow;

namespace {

/// Documents that are nearly workflows: a good one with bytes, words and lines changed, removed, repeated; or garbage of YAML's own words.
class Mutations {
public:
    explicit Mutations(std::uint64_t seed) : seed_{seed}, random_{seed} {}

    std::string make() {
        if (random_.below(10) == 0)
            return garbage();
        auto text = write_workflow(spine::test::RandomWorkflow{seed_ % 50}.make(), random_.chance() ? Spelling::flat : Spelling::resource);
        for (auto count = 1 + random_.below(3); count > 0 && !text.empty(); --count)
            mutate(text);
        return text;
    }

private:
    std::string word() {
        static const std::array<const char*, 44> words{"[", "]", "{", "}", ": ", "- ", "? ", ",", "&a ", "*a", "!", "!!str ", "|", ">", "'", "\"", "#", "\n", "\r\n", "\t", "  ", "%", "@", "`",
                                                       "---\n", "...\n", "<<: ", "~", "null", "1e3", ".inf", "0x1", "name: ", "steps:\n", "\\", "\xc3\xa9", "\xff", "\x01", "\\u0000",
                                                       "$.outputs.s0.x", "$.params.", "on_failure: ", "metadata:\n", "type: map\n"};
        return words[random_.below(words.size())];
    }
    std::string garbage() {
        std::string text;
        for (auto count = random_.below(60); count > 0; --count)
            text += random_.below(4) == 0 ? random_.text() : word();
        return text;
    }
    void mutate(std::string& text) {
        const auto at = random_.below(text.size());
        const auto length = std::min(text.size() - at, 1 + random_.below(20));
        switch (random_.below(6)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, word()); break;
        case 2: text[at] = static_cast<char>(random_.below(256)); break;
        case 3: text.insert(random_.below(text.size()), text.substr(at, length)); break;
        case 4: text.replace(at, length, word()); break;
        default: text.resize(text.size() - std::min(text.size(), random_.below(200))); break;
        }
    }

    std::uint64_t seed_;
    spine::test::RandomWorkflow random_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fuzz_yaml)

BOOST_AUTO_TEST_CASE(whatever_reads_can_be_written_and_read_again) {
    const char* given = std::getenv("SPINE_FUZZ_COUNT");
    const std::uint64_t count = given == nullptr ? 2'000 : std::strtoull(given, nullptr, 10);
    const auto plugins = spine::test::demo_plugins();
    std::size_t read = 0;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const auto text = Mutations{seed}.make();
        const auto definition = read_what_can_be(text, "w.yaml");
        const auto validation = validate(definition, plugins);
        if (!definition.faults.empty()) {
            for (const auto& fault : validation.errors)
                if (fault.message.empty() || fault.hint.empty())
                    BOOST_FAIL("seed " + std::to_string(seed) + ": a fault without words: " + fault.message + "\n" + text);
            continue;
        }
        ++read;
        for (const auto spelling : {Spelling::flat, Spelling::resource}) {
            const auto again = read_workflow(write_workflow(definition.workflow, spelling), "w.yaml");
            const auto* same = std::get_if<Definition>(&again);
            if (same == nullptr || same->workflow != definition.workflow)
                BOOST_FAIL("seed " + std::to_string(seed) + " is not the same again:\n" + text + "\n---\n" + write_workflow(definition.workflow, spelling));
        }
        bind_run(definition.workflow, plugins, {{"tier", text.substr(0, 20)}, {"word1", "2"}});
    }
    BOOST_TEST(read > count / 100); // else the mutations are too wild to say anything
    BOOST_TEST_MESSAGE(count << " documents, " << read << " read");
}

BOOST_AUTO_TEST_SUITE_END()
