#include "cli/new_workflow_command.hpp"

#include "cli/session.hpp"
#include "control/new_file.hpp"
#include "error.hpp"
#include "workflow/templates.hpp"

#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

int list_templates(Session& session) {
    json::array documents;
    control::Table rows{{"template"}, {}, false};
    for (const auto& name : workflow::template_names()) {
        documents.emplace_back(json::object{{"template", name}});
        rows.rows.push_back({json::value(name)});
    }
    show(session, documents, rows);
    return 0;
}

int refuse(Session& session, const std::string& where, const std::string& message) {
    return refuse_usage(session, {{where, message, "there are " + joined(workflow::template_names()), 0, 0}});
}

} // namespace

int new_workflow(Session& session, const Invocation& invocation) {
    if (invocation.has("list"))
        return list_templates(session);
    if (invocation.arguments.empty())
        return refuse(session, "'spine workflow new'", "needs NAME and --template");
    const auto& name = invocation.arguments.front();
    if (!invocation.has("template"))
        return refuse(session, "'spine workflow new'", "needs --template");
    const auto made = workflow::from_template(invocation.value("template"), name, invocation.value("domain"));
    if (const auto* fault = std::get_if<workflow::Diagnostic>(&made)) {
        tell_faults(session.words, {*fault});
        return exit_code(ErrorCode::invalid);
    }
    const auto file = invocation.has("file") ? invocation.value("file") : name + ".yaml";
    control::write_new_file(file, std::get<std::string>(made));
    const auto path = file.find('/') == std::string::npos ? "./" + file : file;
    show(session,
         json::object{{"workflow", name}, {"template", invocation.value("template")}, {"file", file}},
         fields_text({{"written", file},
                      {"next", "fill in what it says, then: spine workflow validate " + path},
                      {"then", "spine workflow run " + path + ", and once it is right: spine workflow publish " + path}}));
    return 0;
}

} // namespace spine::cli
