#include "plugin/elf.hpp"

#include "plugin/refusal.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <optional>

namespace spine::plugin {

namespace {

constexpr std::uint64_t symbols_max = 1'000'000;
constexpr std::size_t headers_max = 1024;

#if defined(__x86_64__)
constexpr int our_machine = EM_X86_64;
constexpr const char* our_machine_name = "x86-64";
#elif defined(__aarch64__)
constexpr int our_machine = EM_AARCH64;
constexpr const char* our_machine_name = "AArch64";
#elif defined(__riscv)
constexpr int our_machine = EM_RISCV;
constexpr const char* our_machine_name = "RISC-V";
#else
#error "name this machine here, so that plugins for another one can be told apart"
#endif

[[noreturn]] void not_ours(const std::string& found, const std::string& wanted) {
    refuse({"shared library", found, wanted, "build it as a shared library for this machine"});
}

[[noreturn]] void damaged(const std::string& what) {
    refuse({"shared library",
            "a damaged file (" + what + ")",
            "a whole ELF shared library",
            "copy or build it again"});
}

/// The file's bytes, read as structs at offsets that may be lies.
class Image {
public:
    explicit Image(std::string_view bytes) : bytes_{bytes} {}

    template <typename T> T at(std::uint64_t offset, const char* what) const {
        if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T))
            damaged(std::string{what} + " lies outside of the file");
        T value;
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }
    template <typename T> T at(std::uint64_t table, std::uint64_t index, const char* what) const {
        if (index > bytes_.size() / sizeof(T))
            damaged(std::string{what} + " lies outside of the file");
        return at<T>(table + index * sizeof(T), what);
    }
    std::string text(std::uint64_t table, std::uint64_t size, std::uint64_t offset) const {
        if (offset >= size || table > bytes_.size() || size > bytes_.size() - table)
            damaged("a symbol's name lies outside of its table");
        const auto rest = bytes_.substr(table + offset, size - offset);
        const auto end = rest.find('\0');
        if (end == std::string_view::npos)
            damaged("a symbol's name has no end");
        return std::string{rest.substr(0, end)};
    }

private:
    std::string_view bytes_;
};

struct Dynamic {
    std::optional<std::uint64_t> symbols, strings, strings_size, hash, gnu_hash;
};

std::vector<Elf64_Phdr> segments_of(const Image& image, const Elf64_Ehdr& header) {
    if (header.e_phnum == 0 || header.e_phnum > headers_max ||
        header.e_phentsize != sizeof(Elf64_Phdr))
        damaged("its program headers make no sense");
    std::vector<Elf64_Phdr> segments;
    for (std::size_t i = 0; i < header.e_phnum; ++i)
        segments.push_back(image.at<Elf64_Phdr>(header.e_phoff, i, "a program header"));
    return segments;
}

/// Where the bytes of an address stand in the file.
std::uint64_t offset_of(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
    for (const auto& segment : segments)
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz)
            return segment.p_offset + (address - segment.p_vaddr);
    damaged("a table of its dynamic section is in no segment");
}

Dynamic dynamic_of(const Image& image, const std::vector<Elf64_Phdr>& segments) {
    const auto section = std::find_if(segments.begin(), segments.end(), [](const Elf64_Phdr& s) {
        return s.p_type == PT_DYNAMIC;
    });
    if (section == segments.end())
        not_ours("an ELF file without a dynamic section", "a shared library");
    Dynamic dynamic;
    const auto count = std::min<std::uint64_t>(section->p_filesz / sizeof(Elf64_Dyn), headers_max);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto entry = image.at<Elf64_Dyn>(section->p_offset, i, "the dynamic section");
        const auto place = [&] { return offset_of(segments, entry.d_un.d_ptr); };
        switch (entry.d_tag) {
        case DT_NULL:
            return dynamic;
        case DT_SYMTAB:
            dynamic.symbols = place();
            break;
        case DT_STRTAB:
            dynamic.strings = place();
            break;
        case DT_STRSZ:
            dynamic.strings_size = entry.d_un.d_val;
            break;
        case DT_HASH:
            dynamic.hash = place();
            break;
        case DT_GNU_HASH:
            dynamic.gnu_hash = place();
            break;
        default:
            break;
        }
    }
    return dynamic;
}

/// The dynamic section does not say how many symbols there are; the hash tables do.
std::uint64_t symbol_count(const Image& image, const Dynamic& dynamic) {
    constexpr const char* what = "a hash table";
    if (dynamic.hash)
        return image.at<std::uint32_t>(*dynamic.hash, 1, what);
    if (!dynamic.gnu_hash)
        damaged("it has no table of its symbols");
    const auto table = *dynamic.gnu_hash;
    const std::uint64_t bucket_count = image.at<std::uint32_t>(table, 0, what);
    const std::uint64_t first_hashed = image.at<std::uint32_t>(table, 1, what);
    const std::uint64_t bloom_words = image.at<std::uint32_t>(table, 2, what);
    const auto buckets = table + 16 + bloom_words * 8;
    const auto chains = buckets + bucket_count * 4;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < bucket_count; ++i)
        last = std::max<std::uint64_t>(last, image.at<std::uint32_t>(buckets, i, what));
    if (last < first_hashed)
        return first_hashed;
    // The last symbol of a chain has its lowest bit set.
    while ((image.at<std::uint32_t>(chains, last - first_hashed, what) & 1u) == 0)
        ++last;
    return last + 1;
}

void check_header(const Image& image, std::string_view bytes) {
    if (bytes.size() < sizeof(Elf64_Ehdr) || bytes.substr(0, SELFMAG) != ELFMAG)
        not_ours(bytes.empty() ? "an empty file" : "a file that is no library",
                 "an ELF shared library");
    const auto header = image.at<Elf64_Ehdr>(0, "the header");
    if (header.e_ident[EI_CLASS] != ELFCLASS64)
        not_ours("a 32-bit library", "a 64-bit one");
    if (header.e_ident[EI_DATA] != ELFDATA2LSB)
        not_ours("a big-endian library", "a little-endian one");
    if (header.e_machine != our_machine)
        not_ours("machine " + std::to_string(header.e_machine), our_machine_name);
    if (header.e_type != ET_DYN)
        not_ours("an ELF file of type " + std::to_string(header.e_type),
                 "a shared library (type 3)");
}

} // namespace

DynamicSymbols read_dynamic_symbols(std::string_view bytes) {
    const Image image{bytes};
    check_header(image, bytes);
    const auto segments = segments_of(image, image.at<Elf64_Ehdr>(0, "the header"));
    const auto dynamic = dynamic_of(image, segments);
    if (!dynamic.symbols || !dynamic.strings || !dynamic.strings_size)
        damaged("its dynamic section names no symbols");
    const auto count = symbol_count(image, dynamic);
    if (count > symbols_max)
        damaged("it claims " + std::to_string(count) + " symbols");
    DynamicSymbols symbols;
    for (std::uint64_t i = 1; i < count; ++i) { // the first one is empty by definition
        const auto symbol = image.at<Elf64_Sym>(*dynamic.symbols, i, "the symbol table");
        const auto binding = ELF64_ST_BIND(symbol.st_info);
        const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
        auto name = image.text(*dynamic.strings, *dynamic.strings_size, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF)
            symbols.imported.push_back(std::move(name));
        else if (binding != STB_LOCAL && (visibility == STV_DEFAULT || visibility == STV_PROTECTED))
            symbols.exported.push_back(std::move(name));
    }
    return symbols;
}

} // namespace spine::plugin
