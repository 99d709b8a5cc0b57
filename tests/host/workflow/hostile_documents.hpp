/// YAML made to hurt its reader: floods, depth, cycles, broken bytes, half documents. Each with a name for messages.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

struct HostileDocument {
    std::string name;
    std::string text;
};

class HostileDocuments {
public:
    std::vector<HostileDocument> make() {
        floods();
        aliases();
        depth();
        scalars();
        keys();
        bytes();
        shapes();
        workflows();
        broken_ends();
        return std::move(all_);
    }

private:
    static constexpr std::size_t megabyte = std::size_t{1} << 20;
    static constexpr const char* good = "name: w\nsteps:\n  - {name: a, pipeline: b}\n";

    void add(std::string name, std::string text) { all_.push_back({std::move(name), std::move(text)}); }

    static std::string repeated(const std::string& piece, std::size_t bytes) {
        std::string text;
        text.reserve(bytes);
        while (text.size() + piece.size() <= bytes)
            text += piece;
        return text;
    }

    /// The same few bytes again and again, up to the limit, alone and where a workflow's value stands.
    void floods() {
        const std::vector<std::string> pieces{
            "[", "{", "]", "}", "- ", "-", "-\n", "? ", "?", "?\n", ": ", ":", ":\n", ",", ", ", "&a ", "*a ", "&a", "*a", "!", "!a ", "!!a ", "!<a> ", "|", "|\n", ">", ">\n",
            "'", "\"", "''", "\"\"", "\\", "#", "# \n", "\n", "\r\n", "\r", "\t", " ", "%", "%a\n", "%YAML 1.2\n", "---\n", "...\n", "--- a\n", "@", "`", "a", "a ", "a\n", "a: ",
            "a: \n", "a:\n", "a: b\n", "a, ", "[a", "{a: ", "[{", "[[],", "{a: {}, ", "- - ", "- a\n", "- a: b\n", "- ? ", "? - ", "? [", "? {", "&a [", "&a {", "&a - ", "[*a, ", "~", "~, ",
            "null\n", "<<: ", "<<: *a\n", "1,", "0x", "1e", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xe2\x80\xa8", "a#b ", "\"\\", "\"\\x41", "'a' ", "{\"a\":", "\"a\": ", "{,", "[,", "a: |\n", "a: >-\n ", "- |\n"};
        for (const auto& piece : pieces) {
            add("a megabyte of " + shown(piece), repeated(piece, megabyte));
            add("as much as is let through of " + shown(piece), repeated(piece, let_through(piece)));
            add("100 KB of " + shown(piece) + " as a value", "name: w\ndefaults:\n  a: " + repeated(piece, megabyte / 10) + "\nsteps: [{name: a, pipeline: b}]\n");
        }
        for (const auto* piece : {"[", "{", "- ", "? ", "'", "\"", "a: ", "a, ", "&a ", "!a ", "\\", "a "})
            add("as much as is let through of " + shown(piece) + " in a flow list", "[" + repeated(piece, let_through(piece)) + "\n");
    }

    /// The reader weighs a byte as 1, a mark of YAML or a line end as 3, a bracket that opens as 5, and lets 1 Mi pass.
    static std::size_t let_through(const std::string& piece) {
        std::size_t weight = piece.size();
        for (const char c : piece)
            weight += c == '[' || c == '{' ? 4 : std::string{"]},:-?&*!'\"|>\n"}.find(c) == std::string::npos ? 0 : 2;
        return 1'048'000 * piece.size() / weight;
    }

    void aliases() {
        for (const std::size_t width : {2u, 10u, 50u, 101u}) {
            std::string text = "name: w\ndefaults:\n  a0: &a0 [x, x]\n";
            for (std::size_t level = 1; level < 40; ++level) {
                text += "  a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
                for (std::size_t i = 0; i < width; ++i)
                    text += (i == 0 ? "*a" : ", *a") + std::to_string(level - 1);
                text += "]\n";
            }
            add("a bomb of aliases, " + std::to_string(width) + " wide", text + "steps: [{name: a, pipeline: b}]\n");
        }
        add("long texts by alias", "name: w\ndefaults:\n  a: &a " + std::string(900'000, 'x') + "\n  b: [" + repeated("*a, ", 396) + "*a]\nsteps: [{name: a, pipeline: b}]\n");
        add("a big list by alias", "name: w\ndefaults:\n  a: &a [" + repeated("x,", 90'000) + "x]\n  b: [" + repeated("*a, ", 380) + "*a]\nsteps: [{name: a, pipeline: b}]\n");
        add("a list in itself", "&a [*a]\n");
        add("a mapping in itself", "&a {b: *a}\n");
        add("a mapping in itself, in blocks", "name: w\ndefaults: &d\n  a: &x\n    b: *x\n    c: *d\nsteps: [{name: a, pipeline: b}]\n");
        add("an alias to nothing", "name: *w\n");
        add("an alias as a key", "name: w\ndefaults: {a: &k x, *k : y}\nsteps: [{name: a, pipeline: b}]\n");
        add("deep by alias", deep_by_alias());
        add("an anchor on everything", "&r\n&k name: &v w\n");
        add("two anchors", "name: &a &b w\n");
        add("a name of an anchor of a megabyte", "name: &" + std::string(megabyte - 20, 'a') + " w\n");
        add("many anchors", "name: w\ndefaults:\n" + numbered("  k# : &a# [x]\n", 40'000) + "steps: [{name: a, pipeline: b}]\n");
        add("steps by alias", "name: w\nsteps:\n- &s {name: a, pipeline: b}\n" + repeated("- *s\n", 600));
    }

    static std::string deep_by_alias() {
        const std::string open(60, '['), shut(60, ']');
        return "name: w\ndefaults:\n  a: &a " + open + shut + "\n  b: " + open + "*a" + shut + "\nsteps: [{name: a, pipeline: b}]\n";
    }

    static std::string numbered(const std::string& line, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count && text.size() < megabyte - 100; ++i)
            for (const char c : line)
                text += c == '#' ? std::to_string(i) : std::string(1, c);
        return text;
    }

    void depth() {
        for (const std::size_t depth : {60u, 64u, 65u, 100u, 500u, 1'000u, 1'400u}) {
            std::string block = "name: w\ndefaults:\n", list = "name: w\ndefaults:\n  a:\n", explicit_keys;
            for (std::size_t i = 1; i <= depth && block.size() < megabyte - 4'000; ++i) {
                block += std::string(i, ' ') + "a:\n";
                list += std::string(i + 2, ' ') + "-\n";
                explicit_keys += std::string(i, ' ') + "?\n";
            }
            const auto tail = "steps: [{name: a, pipeline: b}]\n";
            const auto suffix = ", " + std::to_string(depth) + " deep";
            add("mappings in blocks" + suffix, block + tail);
            add("lists in blocks" + suffix, list + tail);
            add("keys in keys" + suffix, explicit_keys);
            add("lists in one line" + suffix, "name: w\ndefaults: {a: " + repeated("[", depth) + repeated("]", depth) + "}\n" + tail);
            add("mappings in one line" + suffix, "name: w\ndefaults: " + repeated("{a: ", 4 * depth) + "1" + repeated("}", depth) + "\n" + tail);
            add("dashes in one line" + suffix, "name: w\ndefaults:\n  a:\n    " + repeated("- ", 2 * depth) + "1\n" + tail);
            add("maps of steps" + suffix, maps(depth));
            add("lists of lists, line by line" + suffix, "name: w\ndefaults:\n  a:\n" + repeated("    [\n", 6 * depth) + repeated("    ]\n", 6 * depth) + tail);
        }
    }

    static std::string maps(std::size_t depth) {
        std::string text = "name: w\nsteps:\n";
        for (std::size_t i = 0; i < depth && text.size() < megabyte - 10'000; ++i)
            text += std::string(2 * i, ' ') + "- name: a\n" + std::string(2 * i + 2, ' ') + "items: [1]\n" + std::string(2 * i + 2, ' ') + "steps:\n";
        return text;
    }

    void scalars() {
        const auto value = [&](const std::string& name, const std::string& scalar) {
            add(name, "name: w\ndescription: " + scalar + "\nsteps: [{name: a, pipeline: b}]\n");
        };
        value("a plain text of a megabyte", std::string(megabyte - 100, 'x'));
        value("a quoted text of a megabyte", "'" + std::string(megabyte - 100, 'x') + "'");
        value("a quoted text of escapes", "\"" + repeated("\\u00e9", megabyte - 100) + "\"");
        value("a quoted text of wide escapes", "\"" + repeated("\\U0001F600", megabyte - 100) + "\"");
        value("a quoted text of single quotes", "'" + repeated("''", megabyte - 100) + "'");
        value("a plain text of a megabyte of words", repeated("word ", megabyte - 100));
        value("a plain text of many lines", repeated("word\n  ", megabyte - 100));
        value("a folded text of many lines", ">\n" + repeated("  word\n", megabyte - 100));
        value("a literal text of many lines", "|\n" + repeated("  word\n", megabyte - 100));
        value("a literal text of empty lines", "|\n" + repeated("\n", megabyte - 100));
        value("a literal text of growing indents", "|\n" + growing());
        value("a number of a megabyte", std::string(megabyte - 100, '9'));
        value("a real of a megabyte", "0." + std::string(megabyte - 100, '9'));
        add("numbers that do not fit", "name: w\ndefaults: {a: 1e999999999, b: 9999999999999999999999, c: .inf, d: -.inf, e: .nan, f: 1e-999999}\nsteps: [{name: a, pipeline: b}]\n");
        add("words that are texts", "name: w\ndefaults: {a: no, b: 1e3, c: 0o17x, d: on, e: y, f: 1_000, g: 12:30, h: 2025-01-01}\nsteps: [{name: a, pipeline: b}]\n");
        add("numbers in quotes", "name: w\ntimeout_seconds: '5'\nversion: \"1\"\nsteps: [{name: a, pipeline: b, end: 'true'}]\n");
        value("an unknown escape", "\"\\q\"");
        value("an escape past Unicode", "\"\\UFFFFFFFF\"");
        value("half a surrogate pair", "\"\\ud800\"");
        value("an escaped NUL", "\"a\\0b\"");
        value("an escape that ends too early", "\"\\x4\"");
        value("a chomping indicator that is none", "|+-9x\n  a");
        value("an indentation indicator of 9", "|9\n  a");
        value("an indentation indicator of 0", "|0\n  a");
    }

    static std::string growing() {
        std::string text;
        for (std::size_t i = 1; text.size() < megabyte - 4'000; ++i)
            text += std::string(i % 2'000 + 1, ' ') + "a\n";
        return text;
    }

    void keys() {
        for (const std::size_t length : {200u, 1'024u, 1'025u, 5'000u, 1'000'000u}) {
            const std::string key(length, 'k');
            add("a key of " + std::to_string(length), "name: w\n" + key + ": x\nsteps: [{name: a, pipeline: b}]\n");
            add("a key after a question mark of " + std::to_string(length), "name: w\n? " + key + "\n: x\nsteps: [{name: a, pipeline: b}]\n");
            add("a quoted key of " + std::to_string(length), "name: w\ndefaults: {\"" + key + "\": x}\nsteps: [{name: a, pipeline: b}]\n");
        }
        add("a key twice", std::string{good} + "name: v\n");
        add("a key twice, once in quotes", std::string{good} + "\"name\": v\n");
        add("a key 60,000 times", repeated("name: w\n", 480'000));
        add("60,000 keys", numbered("k#: x\n", 60'000));
        add("60,000 keys in one line", "{" + numbered("k#: x, ", 60'000) + "}\n");
        add("99,000 keys of defaults", "name: w\ndefaults: {" + numbered("k#: ,", 99'000) + "}\nsteps: [{name: a, pipeline: b}]\n");
        add("long paths", long_paths());
        add("an empty key", ": x\n" + std::string{good});
        add("a key of null", "null: x\n" + std::string{good});
        add("a list as a key", "[a]: x\n" + std::string{good});
        add("a mapping as a key", "{a: b}: x\n" + std::string{good});
        add("merge keys", "name: w\ndefaults: &d {a: 1}\nsteps: [{<<: *d, name: a, pipeline: b}]\n");
    }

    static std::string long_paths() {
        std::string text = "name: w\ndefaults:\n";
        for (std::size_t i = 1; i < 60; ++i)
            text += std::string(i, ' ') + std::string(1'000, 'k') + ":\n";
        const std::string indent(60, ' ');
        text += indent + "- [" + repeated("x,", 180'000) + "x]\n";
        return text + "steps: [{name: a, pipeline: b}]\n";
    }

    void bytes() {
        for (const std::string& piece : {std::string(1, '\0'), std::string("\x01"), std::string("\x04"), std::string("\x1b"), std::string("\x7f"), std::string("\xff"),
                                         std::string("\xc3"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82"),
                                         std::string("\xef\xbb\xbf"), std::string("\xc2\x85"), std::string("\xef\xbf\xbe"), std::string("\r")}) {
            add("the bytes " + shown(piece) + " in a text", "name: w" + piece + "\nsteps: [{name: a, pipeline: b}]\n");
            add("the bytes " + shown(piece) + " first", piece + good);
            add("the bytes " + shown(piece) + " last", good + piece);
            add("the bytes " + shown(piece) + " in a comment", "# " + piece + "\n" + std::string{good});
        }
        add("UTF-16 little endian", std::string("\xff\xfen\0a\0m\0e\0", 10));
        add("UTF-16 big endian", std::string("\xfe\xff\0n\0a\0m\0e", 10));
        add("UTF-16 without a mark", std::string("n\0a\0m\0e\0", 8));
        add("UTF-32", std::string("\xff\xfe\0\0n\0\0\0", 8));
        add("two marks", "\xef\xbb\xbf\xef\xbb\xbf" + std::string{good});
        add("only a mark", "\xef\xbb\xbf");
        add("one byte too many", std::string(megabyte + 1, '#'));
        add("four megabytes", std::string(4 * megabyte, ' '));
    }

    void shapes() {
        for (const auto* text : {"", " ", "\n", "# only\n", "---\n", "---\n---\n", "...\n", "--- a\n--- b\n", "text\n", "12\n", "[]\n", "{}\n", "- a\n", "null\n", "'text'\n", "|\n a\n", "%YAML 9.9\n---\nname: w\n",
                                 "%TAG ! tag:x,2000:\n--- !a {}\n", "%%%\n", "name\n", "name:\n", "name: w\nsteps: text\n", "name: w\nsteps: {a: b}\n", "name: w\nsteps: [[]]\n", "name: w\nsteps: [null]\n",
                                 "name: w\nsteps: [{}]\n", "name: {}\nsteps: {}\n", "name: [a]\nsteps: [a]\n", "\tname: w\n", "name:\tw\n", "name: w\n\tsteps: []\n", "name: w\n steps: []\n", "name: w\nsteps: [}\n",
                                 "name: w\nsteps: {]\n", "name: w]\n", "a: b: c\n", "- a\nb: c\n", "a: b\n- c\n", "!!map {name: w}\n", "!!python/object:os.system [x]\n", "name: !!str w\n", "name: ! w\n", "name: !<tag:x> w\n",
                                 "apiVersion: spine.io/v1\n", "apiVersion: [1]\nkind: {}\nmetadata: x\nspec: y\n", "apiVersion: spine.io/v1\nkind: Workflow\nmetadata: {}\nspec: {}\n", "metadata: null\nspec: null\n",
                                 "name: w\non_failure: [a]\nsteps: [{name: a, pipeline: b}]\n", "name: w\non_failure: {step: {step: a}}\nsteps: [{name: a, pipeline: b}]\n",
                                 "name: w\non_failure: {step: a}\nsteps: [{name: a, pipeline: b}]\n", "name: w\npolicy: text\nsteps: [{name: a, pipeline: b}]\n"})
            add("the shape " + shown(text), text);
        for (const auto* field : {"type", "pipeline", "handler", "condition", "then_step", "depends_on", "on_error", "retry", "timeout_seconds", "config", "params", "when", "stage", "next", "end", "items", "steps",
                                  "workflow", "seconds", "until", "approvers", "item_name", "name"})
            for (const auto* value : {"[[]]", "{a: {b: c}}", "''", "\"\\0\"", "-1", "1e308", "$.outputs", "$.params.", "((((", "*x", "&x y"})
                add("the field " + std::string{field} + ": " + value, "name: w\nsteps: [{name: a, pipeline: b, " + std::string{field} + ": " + value + "}]\n");
    }

    void workflows() {
        add("10,001 steps", "name: w\nsteps:\n" + numbered("- {name: s#, pipeline: p}\n", 10'001));
        add("10,000 steps with nothing right", "name: w\nsteps:\n" + numbered("- {nme: s#, pipelin: p, x#: y, depends_on: [q#], next: z#}\n", 10'000));
        add("10,000 steps that jump back", "name: w\nsteps:\n" + numbered("- {name: s#, pipeline: p, next: s0}\n", 10'000));
        add("10,000 steps that depend on the next", "name: w\nsteps:\n" + numbered("- {name: s#, pipeline: p, depends_on: [x#]}\n", 10'000));
        add("10,000 paths to nothing", "name: w\nsteps:\n" + numbered("- {name: s#, pipeline: p, when: outputs.t#.x}\n", 10'000));
        add("10,000 names that are one", "name: w\nsteps:\n" + repeated("- {name: s, pipeline: p}\n", 240'000));
        add("5,000 maps", "name: w\nsteps:\n" + numbered("- {name: s#, items: [1], steps: [{name: s, pipeline: p}]}\n", 5'000));
        add("5,000 maps in a row", "name: w\nsteps:\n" + numbered("- {name: m#, items: $.params.x, item_name: i#, partition_by: $.item, max_concurrency: 999, steps: [{name: s, approvers: ['']}]}\n", 5'000));
        add("30 maps in each other", "name: w\nsteps: [" + repeated("{name: m, items: [1], steps: [", 29 * 30) + "{name: p, pipeline: p}" + repeated("]}", 60) + "]\n");
        add("10,000 children that are this one", "name: w\nsteps:\n" + numbered("- {name: s#, workflow: w}\n", 10'000));
        add("10,000 children of no name", "name: w\nsteps:\n" + numbered("- {name: s#, workflow: $.x#}\n", 10'000));
        add("10,000 secrets", "name: w\nsteps:\n" + numbered("- {name: s#, handler: h, config: {a: 'secret:env:A#|x'}}\n", 8'000));
        add("a secret of 500 KB", "name: w\nsteps: [{name: a, pipeline: p, params: {a: 'secret:" + repeated("env:A|secret:", 500'000) + "'}}]\n");
        add("10,000 flags", "name: w\nflags:\n" + numbered("  f#: true\n", 10'000) + "steps:\n" + numbered("- {name: s#, pipeline: p, when: flags.g#}\n", 5'000));
        add("waits of every kind", "name: w\nsteps:\n" + numbered("- {name: s#, until: 2026-13-#}\n- {name: t#, seconds: $.a.b#}\n- {name: u#, seconds: 1e308, until: x}\n", 2'000));
        add("a chain of 9,000 side by side", "name: w\nexecution: parallel\nsteps:\n" + numbered("- {name: s#, pipeline: p, depends_on: [t], when: outputs.s.x}\n", 9'000));
        add("5,000 choices side by side", "name: w\nexecution: parallel\nsteps:\n" + numbered("- {name: s#, condition: x, then_step: s1, else_step: s2, next: s3, end: true}\n", 5'000));
        add("a condition of a megabyte", "name: w\nsteps: [{name: a, condition: \"" + repeated("(", megabyte - 200) + "\", then_step: a}]\n");
        add("a condition of many nots", "name: w\nsteps: [{name: a, condition: \"" + repeated("not ", 4'000) + "x\", then_step: a}]\n");
        add("many bad conditions", "name: w\nsteps:\n" + numbered("- {name: s#, pipeline: p, when: 'a == (b'}\n", 10'000));
        add("unknown fields of 1,000 bytes", "name: w\n" + numbered(std::string(990, 'f') + "#: x\n", 1'000));
        add("40,000 unknown fields", "name: w\n" + numbered("pipelin#: x\n", 40'000));
        add("many tags", "name: w\ntags: [" + repeated("!x a, ", 600'000) + "]\n");
    }

    /// A good file that ends too early, at each of its bytes.
    void broken_ends() {
        const std::string text = "name: 'w'\ndefaults: {a: \"x\\n\", b: [1, &c 2]}\nsteps:\n  - name: a\n    when: >-\n      x\n    pipeline: b\n";
        for (std::size_t end = 1; end < text.size(); ++end)
            add("an end after byte " + std::to_string(end), text.substr(0, end));
    }

    static std::string shown(const std::string& piece) {
        static constexpr char hex[] = "0123456789abcdef";
        std::string text{"'"};
        for (const char c : piece.substr(0, 40)) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte > 0x20 && byte < 0x7f)
                text.push_back(c);
            else
                text.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
        }
        return text + "'";
    }

    std::vector<HostileDocument> all_;
};

} // namespace spine::test
