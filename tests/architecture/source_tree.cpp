#include "architecture/source_tree.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace spine::test {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Comments become blanks, and so do the insides of quoted texts; raw texts too.
std::string bare_code(const std::string& text) {
    std::string out = text;
    std::size_t at = 0;
    const auto blank = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to && i < out.size(); ++i)
            if (out[i] != '\n')
                out[i] = ' ';
    };
    while (at < text.size()) {
        const auto two = text.compare(at, 2, "//") == 0 ? 1 : text.compare(at, 2, "/*") == 0 ? 2 : 0;
        if (two == 1) {
            const auto end = std::min(text.find('\n', at), text.size());
            blank(at, end);
            at = end;
        } else if (two == 2) {
            const auto found = text.find("*/", at + 2);
            const auto end = found == std::string::npos ? text.size() : found + 2;
            blank(at, end);
            at = end;
        } else if (text.compare(at, 2, "R\"") == 0 && (at == 0 || !is_word(text[at - 1]))) {
            const auto open = text.find('(', at);
            const auto mark = open == std::string::npos ? std::string{} : ")" + text.substr(at + 2, open - at - 2) + "\"";
            const auto found = open == std::string::npos ? std::string::npos : text.find(mark, open);
            const auto end = found == std::string::npos ? text.size() : found + mark.size();
            blank(at + 2, end > 0 ? end - 1 : end);
            at = end;
        } else if (text[at] == '"' || (text[at] == '\'' && (at == 0 || !is_word(text[at - 1])))) {
            const char quote = text[at];
            auto end = at + 1;
            while (end < text.size() && text[end] != quote && text[end] != '\n')
                end += text[end] == '\\' ? 2 : 1;
            blank(at + 1, end);
            at = end + 1;
        } else {
            ++at;
        }
    }
    return out;
}

std::vector<Include> includes_of(const std::string& text) {
    std::vector<Include> found;
    int line = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto row = text.substr(at, end - at);
        at = end + 1;
        ++line;
        const auto hash = row.find_first_not_of(" \t");
        if (hash == std::string::npos || row[hash] != '#')
            continue;
        const auto word = row.find_first_not_of(" \t", hash + 1);
        if (word == std::string::npos || row.compare(word, 7, "include") != 0)
            continue;
        const auto open = row.find_first_of("<\"", word);
        const auto close = open == std::string::npos ? open : row.find_first_of(">\"", open + 1);
        if (close != std::string::npos)
            found.push_back({row.substr(open + 1, close - open - 1), line});
    }
    return found;
}

} // namespace

std::string SourceFile::area() const { return path.substr(0, path.find('/')); }

std::string SourceFile::room() const {
    const auto first = path.find('/');
    const auto second = path.find('/', first + 1);
    return second == std::string::npos ? std::string{} : path.substr(first + 1, second - first - 1);
}

SourceFile parse_source(const std::string& path, const std::string& text) {
    return {path, bare_code(text), includes_of(text)};
}

std::vector<SourceFile> sources(const std::string& folder) {
    std::vector<SourceFile> files;
    const fs::path root{SPINE_SOURCE_DIR};
    for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
        const auto kind = entry.path().extension();
        if (!entry.is_regular_file() || (kind != ".h" && kind != ".hpp" && kind != ".cpp" && kind != ".c"))
            continue;
        std::ifstream in{entry.path(), std::ios::binary};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        files.push_back(parse_source(fs::relative(entry.path(), root).generic_string(), text));
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

std::vector<int> lines_with(const SourceFile& file, const std::string& word) {
    std::vector<int> lines;
    for (auto at = file.code.find(word); at != std::string::npos; at = file.code.find(word, at + 1)) {
        const bool begins = !is_word(word.front()) || at == 0 || !is_word(file.code[at - 1]);
        const auto after = at + word.size();
        const bool ends = !is_word(word.back()) || after >= file.code.size() || !is_word(file.code[after]);
        if (begins && ends)
            lines.push_back(1 + static_cast<int>(std::count(file.code.begin(), file.code.begin() + static_cast<std::ptrdiff_t>(at), '\n')));
    }
    return lines;
}

} // namespace spine::test
