#include "cli/version_commands.hpp"

#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/who.hpp"
#include "control/versions.hpp"
#include "error.hpp"
#include "workflow/difference.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

int refuse(Session& session, const control::BadRequest& bad) {
    tell_faults(session.words, bad.faults);
    return bad.exit_code;
}

control::Signature signature_of(const Session& session, const Invocation& invocation) {
    return {who_asks(session, invocation, "by"), invocation.value("changelog")};
}

control::Press press_of(const Session& session, const control::WorkflowFolder& folder) {
    return {folder, session.stores, session.libraries, env::to_text(session.world.clock.now())};
}

json::object document_of(const control::PublishedVersion& version) {
    json::object document;
    document["workflow"] = version.workflow;
    document["version"] = version.version;
    document["sha256"] = version.sha256;
    document["published_at"] = version.published_at;
    document["published_by"] = version.published_by;
    document["changelog"] = version.changelog;
    document["rolled_back_from"] = version.rolled_back_from ? json::value(*version.rolled_back_from) : json::value(nullptr);
    return document;
}

int print(Session& session, const std::variant<control::PublishReport, control::BadRequest>& answer) {
    if (const auto* bad = std::get_if<control::BadRequest>(&answer))
        return refuse(session, *bad);
    const auto& report = std::get<control::PublishReport>(answer);
    const auto& current = report.publication.current;
    const auto number = std::to_string(current.version);
    auto document = document_of(current);
    document["published"] = report.publication.published;
    std::string text;
    if (report.publication.published)
        text = fields_text({{"published", current.workflow + ", version " + number},
                            {"instead of", current.rolled_back_from ? "version " + std::to_string(*current.rolled_back_from) : std::string{}},
                            {"by", current.published_by},
                            {"why", current.changelog},
                            {"sha256", current.sha256}});
    show(session, document, text);
    session.out().flush();
    for (const auto& warning : report.warnings)
        session.words.warning(warning.where + (warning.line > 0 ? ":" + std::to_string(warning.line) : std::string{}) + ": " + warning.message +
                              (warning.hint.empty() ? "" : "; " + warning.hint));
    if (!report.publication.published)
        session.words.note("version " + number + " of '" + current.workflow + "' is current and has this text already; nothing was published");
    return 0;
}

json::object document_of(const control::FoundDefinition& side) {
    json::object document;
    document["name"] = side.definition.workflow.name;
    document["version"] = side.published == 0 ? json::value(nullptr) : json::value(side.published);
    document["file"] = side.published == 0 ? json::value(side.definition.file) : json::value(nullptr);
    document["sha256"] = side.definition.sha256;
    return document;
}

/// What is laid out in lines, without anything that could steer the terminal.
std::string printable_lines(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        out += printable(std::string_view{text}.substr(at, end - at)) + "\n";
        at = end + 1;
    }
    return out;
}

} // namespace

int publish_workflow(Session& session, const Invocation& invocation) {
    const auto folder = session.workflow_folder();
    return print(session,
                 control::publish_workflow(invocation.arguments.at(0), signature_of(session, invocation), press_of(session, folder)));
}

int list_versions(Session& session, const Invocation& invocation) {
    const auto answer = control::versions_of(invocation.arguments.at(0), session.stores);
    if (const auto* bad = std::get_if<control::BadRequest>(&answer))
        return refuse(session, *bad);
    json::array documents;
    control::Table rows{{"version", "published_at", "by", "sha256", "changelog"}, {}, false};
    bool is_current = true;
    for (const auto& version : std::get<std::vector<control::PublishedVersion>>(answer)) {
        auto document = document_of(version);
        document["current"] = is_current;
        documents.push_back(std::move(document));
        auto why = version.changelog;
        if (version.rolled_back_from)
            why = "rolled back from " + std::to_string(*version.rolled_back_from) + (why.empty() ? "" : ": " + why);
        const auto digest = session.for_people() ? version.sha256.substr(0, 12) : version.sha256;
        rows.rows.push_back({json::value(std::to_string(version.version) + (is_current && session.for_people() ? " (current)" : "")),
                             json::value(version.published_at),
                             json::value(version.published_by),
                             json::value(digest),
                             json::value(why)});
        is_current = false;
    }
    show(session, documents, rows);
    return 0;
}

int diff_workflow(Session& session, const Invocation& invocation) {
    const auto answer = control::sides_of(invocation.arguments, session.workflow_folder(), session.stores);
    if (const auto* bad = std::get_if<control::BadRequest>(&answer))
        return refuse(session, *bad);
    const auto& sides = std::get<control::Sides>(answer);
    const auto difference = workflow::difference(sides.before.definition.workflow, sides.after.definition.workflow);
    json::object document;
    document["before"] = document_of(sides.before);
    document["after"] = document_of(sides.after);
    document["same_text"] = sides.before.definition.sha256 == sides.after.definition.sha256;
    document["same"] = difference.empty();
    for (auto& member : workflow::as_json(difference))
        document[member.key()] = member.value();
    show(session,
         document,
         fields_text({{"before", sides.before.definition.file}, {"after", sides.after.definition.file}}) +
             (difference.empty() ? "" : "\n" + printable_lines(workflow::as_text(difference))));
    session.out().flush();
    if (difference.empty())
        session.words.note("they do the same" + std::string{sides.before.definition.sha256 == sides.after.definition.sha256 ? "" : "; only their texts differ"});
    return 0;
}

int roll_back_workflow(Session& session, const Invocation& invocation) {
    const auto folder = session.workflow_folder();
    const auto read = workflow::read_literal(workflow::Type::integer, invocation.value("to"));
    const auto* to = std::get_if<json::value>(&read);
    if (to == nullptr || to->get_int64() < 1)
        return refuse_usage(session,
                            {{"--to '" + invocation.value("to") + "'",
                              "is no version",
                              "'spine workflow versions " + invocation.arguments.at(0) + "' lists them",
                              0,
                              0}});
    return print(session,
                 control::roll_back_workflow(
                     invocation.arguments.at(0), to->get_int64(), signature_of(session, invocation), press_of(session, folder)));
}

} // namespace spine::cli
