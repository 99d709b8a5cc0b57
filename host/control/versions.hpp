/// Publishing definitions of workflows, going back to older ones, and which definition a name means.
#pragma once

#include "control/version_book.hpp"
#include "control/workflows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::control {

/// A definition that a word on the command line stands for.
struct FoundDefinition {
    workflow::Definition definition; ///< of a published one the version is the published number, and `file` is "NAME@3"
    std::int64_t published = 0;      ///< its number; 0: it is a file
    std::string note;                ///< what a person should know: a file of the folder differs from it
};

/// NAME@3 is that published version. NAME is the current published version, or when nothing of that name was published the file of the folder that
/// has it. Anything with a '/' or that ends with .yaml, .yml or .json is the file. Where both are there the published one is meant, because what was
/// published with who and why must not be changed by a file that lies around. BadRequest as `find_workflow` has it, 4 for a version that is not there.
/// A store that is not there has published nothing.
std::variant<FoundDefinition, BadRequest> find_definition(const std::string& word, const WorkflowFolder& folder, Stores& stores);
/// The same of an open store.
std::variant<FoundDefinition, BadRequest> find_definition(const std::string& word, const WorkflowFolder& folder, VersionBook& book);

/// Who does something and why.
struct Signature {
    std::string by;
    std::string changelog;
};
/// What publishing works with.
struct Press {
    const WorkflowFolder& folder;
    Stores& stores;
    Libraries& libraries;
    std::string now; ///< UTC text: what is to happen before it is a fault
};
struct PublishReport {
    Publication publication;
    workflow::Diagnostics warnings;
};
/// Validates a file (or a workflow of the folder) with everything that it may start, and makes it the current version; the text of the current version again publishes nothing. 3 when
/// it is not sound, or when `by` or the changelog is too long.
std::variant<PublishReport, BadRequest> publish_workflow(const std::string& file, const Signature& signature, const Press& press);
/// Makes the text of an older version the current one, as a new version. What is unsound by now is told as warnings: going back must not be refused
/// because a plugin is being repaired. 4 when there is no such version.
std::variant<PublishReport, BadRequest> roll_back_workflow(const std::string& workflow, std::int64_t to, const Signature& signature,
                                                           const Press& press);

/// Newest first; 4 for a workflow of which nothing was published.
std::variant<std::vector<PublishedVersion>, BadRequest> versions_of(const std::string& workflow, Stores& stores);

/// The two sides of a comparison.
struct Sides {
    FoundDefinition before;
    FoundDefinition after;
};
/// What the words of `workflow diff` mean: NAME (the version before the current one, and the current one), NAME V (that one and the current one), NAME V1
/// V2; in the place of a version, or of the name, a file may stand: NAME FILE, FILE NAME, FILE (the current version and the file), FILE FILE. 2 for
/// what is none of these, 3 for what cannot be read, 4 for what is not there.
std::variant<Sides, BadRequest> sides_of(const std::vector<std::string>& words, const WorkflowFolder& folder, Stores& stores);

/// Whether a word names a file: it has a '/' or ends with .yaml, .yml or .json.
bool names_file(const std::string& word);

} // namespace spine::control
