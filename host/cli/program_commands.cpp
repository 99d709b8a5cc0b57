#include "cli/program_commands.hpp"

#include "cli/session.hpp"
#include "config/shown.hpp"

#include <boost/json/string.hpp>

namespace spine::cli {

namespace json = boost::json;

int examine_installation(Session& session, const Invocation&) {
    std::vector<control::DoctorFinding> findings{
        {"program", "ok", "spine " + session.world.version + ", ABI " + session.world.abi + ", " + session.world.places.program, {}, 0},
        {"settings",
         "ok",
         "db " + config::shown("db", session.settings.database) + " (" + session.settings.sources.at("db") + "), plugins " +
             session.settings.plugin_folder + " (" + session.settings.sources.at("plugins") + "), workflows " +
             session.settings.workflow_folder + " (" + session.settings.sources.at("workflows") + ")",
         {},
         0}};
    const auto more = control::doctor(session.stores, session.libraries);
    findings.insert(findings.end(), more.begin(), more.end());

    int code = 0;
    json::array documents;
    control::Table rows{{"subject", "status", "detail", "hint"}, {}, false};
    for (const auto& finding : findings) {
        if (code == 0)
            code = finding.exit_code;
        documents.push_back(json::object{{"subject", finding.subject},
                                         {"status", finding.status},
                                         {"detail", finding.detail},
                                         {"hint", finding.hint}});
        rows.rows.push_back({json::value(finding.subject),
                             json::value(finding.status),
                             json::value(finding.detail),
                             json::value(finding.hint)});
    }
    show(session, documents, rows);
    return code;
}

int show_version(Session& session, const Invocation&) {
    show(session,
         json::object{{"version", session.world.version}, {"abi", session.world.abi}},
         "spine " + session.world.version + "\n");
    return 0;
}

} // namespace spine::cli
