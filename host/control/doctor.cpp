#include "control/control.hpp"
#include "control/known_plugins.hpp"

#include "error.hpp"

#include <filesystem>
#include <system_error>

namespace spine::control {
namespace {

namespace fs = std::filesystem;

DoctorFinding ok(std::string subject, std::string detail) { return {std::move(subject), "ok", std::move(detail), {}, 0}; }

DoctorFinding warning(std::string subject, std::string detail, std::string hint) {
    return {std::move(subject), "warning", std::move(detail), std::move(hint), 0};
}

DoctorFinding error(std::string subject, std::string detail, std::string hint, ErrorCode code) {
    return {std::move(subject), "error", std::move(detail), std::move(hint), spine::exit_code(code)};
}

DoctorFinding folder_finding(const std::string& folder) {
    std::error_code problem;
    const auto status = fs::status(folder, problem);
    if (folder.empty() || !fs::exists(status))
        return warning("plugin folder", "'" + folder + "' is not there", "make it, or name another one with --plugins");
    if (!fs::is_directory(status))
        return error("plugin folder", "'" + folder + "' is no folder", "name a folder with --plugins", ErrorCode::invalid);
    if ((status.permissions() & fs::perms::others_write) != fs::perms::none)
        return error("plugin folder",
                     "'" + folder + "' may be written by everybody, so anybody could bring code into this program",
                     "chmod o-w '" + folder + "'",
                     ErrorCode::denied);
    return ok("plugin folder", folder);
}

std::string counted(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

void add_plugins(std::vector<DoctorFinding>& findings, const workflow::Catalogue& catalogue) {
    for (const auto& plugin : catalogue.plugins)
        findings.push_back(ok("plugin " + plugin.id,
                              plugin.version + ", " + counted(plugin.pipelines.size(), "pipeline") + ", " +
                                  counted(plugin.handlers.size(), "lambda") + ", " + plugin.file));
    for (const auto& refused : catalogue.refused)
        findings.push_back(error("plugin " + fs::path{refused.file}.filename().string(),
                                 "refused: " + refused.reason,
                                 "'spine plugin show " + fs::path{refused.file}.filename().string() + "' says more",
                                 ErrorCode::invalid));
}

void add_store(std::vector<DoctorFinding>& findings, Stores& stores, const workflow::Catalogue& catalogue) {
    constexpr std::int64_t wal_large = std::int64_t{256} << 20;
    const auto store = stores.open(Access::read);
    const auto info = store->info(catalogue);
    findings.push_back(ok("store",
                          info.path + ", " + info.engine + ", core tables " + std::to_string(info.core_version) + ", " +
                              std::to_string(info.bytes) + " bytes"));
    if (info.wal_bytes > wal_large)
        findings.push_back(warning("store log",
                                   std::to_string(info.wal_bytes) + " bytes wait for a checkpoint",
                                   "a long reader holds it up, or nothing has written since; the next commit moves it on"));
    for (const auto& migration : info.pending)
        findings.push_back(warning("migration " + migration.owner + " " + std::to_string(migration.version),
                                   "'" + migration.name + "' is not applied yet",
                                   "'spine db init' applies it; 'spine run' does so for its own plugin"));
}

void add_missing(std::vector<DoctorFinding>& findings, Stores& stores, const workflow::Catalogue& catalogue) {
    for (const auto& plugin : missing_plugins(stores, catalogue))
        findings.push_back(warning("plugin " + plugin.id,
                                   "is not loaded, and has " + counted(plugin.datasets, "dataset") + " in the store" +
                                       (plugin.version.empty() ? "" : ", made last by version " + plugin.version),
                                   "put its file back to work on them; they can be read without it"));
}

/// What a process that died has left; nobody works on it until somebody asks for it.
void add_interrupted(std::vector<DoctorFinding>& findings, Stores& stores) {
    const auto store = stores.open(Access::read);
    Filter filter;
    filter.status = "interrupted";
    filter.asked_for = true; // children and steps go on with those that began them
    const auto runs = store->runs(filter).rows.size(), executions = store->executions(filter).rows.size();
    if (runs + executions == 0)
        return;
    const auto parts = (runs == 0 ? "" : counted(runs, "run")) + (runs == 0 || executions == 0 ? "" : " and ") +
                       (executions == 0 ? "" : counted(executions, "execution"));
    findings.push_back(warning("interrupted work",
                               parts + (runs + executions == 1 ? " was" : " were") + " left by a process that died",
                               "'spine runs list --state interrupted' shows it; 'spine runs resume --all' goes on with runs, the "
                               "same 'spine run' command with an execution"));
}

} // namespace

std::vector<DoctorFinding> doctor(Stores& stores, Libraries& libraries) {
    std::vector<DoctorFinding> findings{folder_finding(libraries.folder())};
    const workflow::Catalogue none;
    const workflow::Catalogue* catalogue = &none;
    libraries.try_first();
    try {
        catalogue = &libraries.get().catalogue();
        add_plugins(findings, *catalogue);
    } catch (const Error& problem) { // a finding, so that the others are reported too
        findings.push_back(error("plugins", problem.what(), problem.hint(), problem.code()));
    }
    try {
        add_store(findings, stores, *catalogue);
        add_missing(findings, stores, *catalogue);
        add_interrupted(findings, stores);
    } catch (const Error& problem) {
        if (problem.code() == ErrorCode::not_found)
            findings.push_back(warning("store", problem.what(), problem.hint()));
        else
            findings.push_back(error("store", problem.what(), problem.hint(), problem.code()));
    }
    return findings;
}

} // namespace spine::control
