#include "control/versions.hpp"

#include "control/family.hpp"
#include "error.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace spine::control {
namespace {

constexpr std::size_t by_bytes_max = 200;
constexpr std::size_t changelog_bytes_max = 10'000;

BadRequest bad(ErrorCode code, std::string where, std::string message, std::string hint = {}) {
    return {spine::exit_code(code), {{std::move(where), std::move(message), std::move(hint), 0, 0}}};
}

bool is_utf8(const std::string& text) { return workflow::utf8_fault(text) == std::string::npos; }

std::string quoted(const std::string& name) { return "workflow '" + name + "'"; }

BadRequest not_published(const std::string& name) {
    return bad(ErrorCode::not_found, quoted(name), "was never published", "'spine workflow publish FILE' makes a file its first version");
}

/// A whole number from 1 on; nothing else.
std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number < 1)
        return std::nullopt;
    return number;
}

FoundDefinition found_version(const PublishedText& published) {
    const auto label = published.version.workflow + "@" + std::to_string(published.version.version);
    FoundDefinition found{workflow::read_what_can_be(published.text, label), published.version.version, {}};
    found.definition.workflow.version = published.version.version;
    return found;
}

std::variant<FoundDefinition, BadRequest> found_file(std::variant<workflow::Definition, BadRequest> read) {
    if (auto* refused = std::get_if<BadRequest>(&read))
        return std::move(*refused);
    return FoundDefinition{std::get<workflow::Definition>(std::move(read)), 0, {}};
}

std::variant<FoundDefinition, BadRequest> version_of(const std::string& name, std::int64_t number, VersionBook& book) {
    if (const auto published = book.find(name, number))
        return found_version(*published);
    const auto current = book.find(name, std::nullopt);
    if (!current)
        return not_published(name);
    return bad(ErrorCode::not_found,
               quoted(name),
               "has no version " + std::to_string(number),
               "it has 1 to " + std::to_string(current->version.version));
}

/// Why a person may be surprised that the published version is meant; empty: there is no file of that name, or it says the same.
std::string difference_note(const PublishedText& published, const WorkflowFolder& folder) {
    const auto& name = published.version.workflow;
    const auto files = list_workflows(folder);
    const auto other = std::ranges::find_if(
        files, [&](const auto& file) { return file.name == name && file.sha256 != published.version.sha256; });
    if (other == files.end())
        return {};
    return "'" + name + "' is its published version " + std::to_string(published.version.version) + ", from which '" + other->file +
           "' differs; 'spine workflow diff " + name + " " + other->file + "' shows how";
}

/// A store that can be asked, or none that is there.
std::unique_ptr<Store> opened(Stores& stores) {
    try {
        return stores.open(Access::read);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        return nullptr;
    }
}

/// The versions of a store that was never made.
class NoVersions final : public VersionBook {
public:
    std::vector<PublishedVersion> versions(const std::string&) override { return {}; }
    std::optional<PublishedText> find(const std::string&, std::optional<std::int64_t>) override { return std::nullopt; }
    std::vector<PublishedText> current() override { return {}; }
    Publication publish(const NewVersion&) override { throw Error{ErrorCode::internal, "there is no store to publish to"}; }
};

/// Asks the store's book, or the empty one.
template <typename Ask> auto with_book(Stores& stores, Ask&& ask) {
    const auto store = opened(stores);
    NoVersions none;
    auto answer = ask(store ? store->versions() : none);
    if (store)
        store->close();
    return answer;
}

std::optional<BadRequest> unfit(const Signature& signature) {
    workflow::Diagnostics faults;
    if (signature.by.size() > by_bytes_max || !is_utf8(signature.by))
        faults.push_back({"--by", "is no name", "at most " + std::to_string(by_bytes_max) + " bytes of UTF-8", 0, 0});
    if (signature.changelog.size() > changelog_bytes_max || !is_utf8(signature.changelog))
        faults.push_back({"--changelog", "is too long, or no UTF-8", "at most " + std::to_string(changelog_bytes_max) + " bytes", 0, 0});
    if (faults.empty())
        return std::nullopt;
    return BadRequest{spine::exit_code(ErrorCode::invalid), std::move(faults)};
}

Publication published(Stores& stores, const NewVersion& wanted) {
    const auto store = stores.open(Access::write);
    if (!store->info({}).pending.empty()) // the core's own
        store->migrate({});
    auto publication = store->versions().publish(wanted);
    store->close();
    return publication;
}

std::variant<FoundDefinition, BadRequest> side_of(const std::string& word, const WorkflowFolder& folder, VersionBook& book,
                                                  const std::string& workflow) {
    if (names_file(word))
        return found_file(find_workflow(word, folder));
    if (const auto number = number_in(word))
        return version_of(workflow, *number, book);
    return bad(ErrorCode::usage, "'" + word + "'", "is neither a version nor a file", "write 3, or ./refresh.yaml");
}

std::variant<FoundDefinition, BadRequest> current_of(const std::string& name, VersionBook& book) {
    const auto published = book.find(name, std::nullopt);
    if (!published)
        return not_published(name);
    return found_version(*published);
}

/// The version that was current before the current one.
std::variant<FoundDefinition, BadRequest> before_current(const std::string& name, VersionBook& book) {
    const auto published = book.find(name, std::nullopt);
    if (!published)
        return not_published(name);
    if (published->version.version == 1)
        return bad(ErrorCode::not_found, quoted(name), "has one version only", "'spine workflow diff " + name + " FILE' compares it with a file");
    return version_of(name, published->version.version - 1, book);
}

std::variant<Sides, BadRequest> joined(std::variant<FoundDefinition, BadRequest> before, std::variant<FoundDefinition, BadRequest> after) {
    for (auto* side : {&before, &after})
        if (auto* refused = std::get_if<BadRequest>(side))
            return std::move(*refused);
    Sides sides{std::get<FoundDefinition>(std::move(before)), std::get<FoundDefinition>(std::move(after))};
    for (auto* side : {&sides.before, &sides.after}) {
        if (!side->definition.faults.empty())
            return BadRequest{spine::exit_code(ErrorCode::invalid), std::move(side->definition.faults)};
        if (side->published != 0) // as it was written: that published numbers differ goes without saying
            side->definition = workflow::read_what_can_be(side->definition.text, side->definition.file);
    }
    return sides;
}

std::variant<Sides, BadRequest> sides_of(const std::vector<std::string>& words, const WorkflowFolder& folder, VersionBook& book) {
    const auto& first = words.front();
    const auto is_version = [](const std::string& word) { return !names_file(word) && word.find('@') != std::string::npos; };
    if (words.size() <= 2 && std::ranges::any_of(words, is_version)) { // NAME@1 NAME@2: each says for itself which it is
        auto before = find_definition(first, folder, book);
        if (words.size() == 2)
            return joined(std::move(before), find_definition(words[1], folder, book));
        return joined(std::move(before), current_of(first.substr(0, first.rfind('@')), book));
    }
    if (!names_file(first)) {
        if (words.size() == 1)
            return joined(before_current(first, book), current_of(first, book));
        if (words.size() == 2 && names_file(words[1]))
            return joined(current_of(first, book), found_file(find_workflow(words[1], folder)));
        return joined(side_of(words[1], folder, book, first),
                      words.size() == 2 ? current_of(first, book) : side_of(words[2], folder, book, first));
    }
    auto file = found_file(find_workflow(first, folder));
    if (words.size() > 2)
        return bad(ErrorCode::usage, "'spine workflow diff'", "takes a file and one thing more", "write FILE, FILE NAME, or FILE FILE");
    if (words.size() == 1) {
        const auto* read = std::get_if<FoundDefinition>(&file);
        return joined(read == nullptr ? file : current_of(read->definition.workflow.name, book), file);
    }
    return joined(std::move(file), names_file(words[1]) ? found_file(find_workflow(words[1], folder)) : current_of(words[1], book));
}

} // namespace

bool names_file(const std::string& word) {
    const auto ends = [&](std::string_view ending) { return word.size() > ending.size() && word.ends_with(ending); };
    return word.find('/') != std::string::npos || ends(".yaml") || ends(".yml") || ends(".json");
}

std::variant<FoundDefinition, BadRequest> find_definition(const std::string& word, const WorkflowFolder& folder, VersionBook& book) {
    if (names_file(word))
        return found_file(find_workflow(word, folder));
    if (const auto at = word.rfind('@'); at != std::string::npos) {
        if (const auto number = number_in(std::string_view{word}.substr(at + 1)))
            return version_of(word.substr(0, at), *number, book);
        return bad(ErrorCode::not_found, quoted(word), "names no version", "write NAME@3");
    }
    const auto published = book.find(word, std::nullopt);
    if (!published)
        return found_file(find_workflow(word, folder));
    auto found = found_version(*published);
    found.note = difference_note(*published, folder);
    return found;
}

std::variant<FoundDefinition, BadRequest> find_definition(const std::string& word, const WorkflowFolder& folder, Stores& stores) {
    if (names_file(word))
        return found_file(find_workflow(word, folder));
    return with_book(stores, [&](VersionBook& book) { return find_definition(word, folder, book); });
}

namespace {
workflow::Validation judged_by(const Press& press, const workflow::Definition& definition) {
    return judged(definition, press.libraries.get().catalogue(), in_folder_or_published(press.folder, press.stores), press.folder, press.now)
        .validation;
}
} // namespace

std::variant<PublishReport, BadRequest> publish_workflow(const std::string& file, const Signature& signature, const Press& press) {
    if (auto refused = unfit(signature))
        return std::move(*refused);
    auto read = find_workflow(file, press.folder);
    if (auto* refused = std::get_if<BadRequest>(&read))
        return std::move(*refused);
    const auto& definition = std::get<workflow::Definition>(read);
    auto validation = judged_by(press, definition);
    if (!validation.ok())
        return BadRequest{spine::exit_code(ErrorCode::invalid), std::move(validation.errors)};
    const auto& workflow = definition.workflow;
    return PublishReport{published(press.stores,
                                   {workflow.name, workflow.version, definition.text, definition.sha256, signature.by, signature.changelog, false}),
                         std::move(validation.warnings)};
}

std::variant<PublishReport, BadRequest> roll_back_workflow(const std::string& workflow, std::int64_t to, const Signature& signature,
                                                           const Press& press) {
    if (auto refused = unfit(signature))
        return std::move(*refused);
    auto older = with_book(press.stores, [&](VersionBook& book) { return version_of(workflow, to, book); });
    if (auto* refused = std::get_if<BadRequest>(&older))
        return std::move(*refused);
    const auto& definition = std::get<FoundDefinition>(older).definition;
    auto validation = judged_by(press, definition);
    auto& warnings = validation.warnings;
    warnings.insert(warnings.begin(), validation.errors.begin(), validation.errors.end());
    return PublishReport{published(press.stores, {workflow, to, definition.text, definition.sha256, signature.by, signature.changelog, true}),
                         std::move(warnings)};
}

std::variant<std::vector<PublishedVersion>, BadRequest> versions_of(const std::string& workflow, Stores& stores) {
    auto all = with_book(stores, [&](VersionBook& book) { return book.versions(workflow); });
    if (all.empty())
        return not_published(workflow);
    return all;
}

std::variant<Sides, BadRequest> sides_of(const std::vector<std::string>& words, const WorkflowFolder& folder, Stores& stores) {
    return with_book(stores, [&](VersionBook& book) { return sides_of(words, folder, book); });
}

} // namespace spine::control
