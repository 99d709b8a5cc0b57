#include "control/workflows.hpp"

#include "error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spine::control {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t bytes_max = std::size_t{1} << 20;
constexpr std::size_t files_max = 10'000;

class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} {}
    ~Descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

BadRequest bad(ErrorCode code, const std::string& file, std::string message, std::string hint = {}) {
    return {spine::exit_code(code), {{file, std::move(message), std::move(hint), 0, 0}}};
}

std::variant<std::string, BadRequest> read_text(const std::string& file) {
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (descriptor.number() < 0) {
        const int why = errno;
        if (why == EACCES || why == EPERM)
            return bad(ErrorCode::denied, file, "cannot be read: " + std::string{std::strerror(why)}, "it needs the right to be read");
        return bad(ErrorCode::not_found, file, "cannot be opened: " + std::string{std::strerror(why)},
                   "'spine workflow list' shows the workflows that have a name");
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return bad(ErrorCode::invalid, file, "is no regular file", "name a YAML file");
    std::string text;
    char buffer[16384];
    while (text.size() <= bytes_max) {
        const auto count = ::read(descriptor.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return bad(ErrorCode::unavailable, file, "cannot be read: " + std::string{std::strerror(errno)});
        if (count == 0)
            break;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    if (text.size() > bytes_max)
        return bad(ErrorCode::invalid, file, "is larger than " + std::to_string(bytes_max) + " bytes", "a workflow is a page or two");
    return text;
}

std::variant<workflow::Definition, BadRequest> read_definition(const std::string& file) {
    auto text = read_text(file);
    if (auto* refused = std::get_if<BadRequest>(&text))
        return std::move(*refused);
    return workflow::read_what_can_be(std::get<std::string>(text), file);
}

bool has_ending(const std::string& name, std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
}

bool is_workflow_file(const std::string& name) { return has_ending(name, ".yaml") || has_ending(name, ".yml"); }

/// Hidden files are left out: editors keep their copies in them.
std::vector<std::string> workflow_files(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code problem;
    fs::directory_iterator at{folder, problem};
    for (; !problem && at != fs::directory_iterator{} && files.size() < files_max; at.increment(problem)) {
        const auto name = at->path().filename().string();
        if (is_workflow_file(name) && name.front() != '.')
            files.push_back(at->path().string());
    }
    std::ranges::sort(files);
    return files;
}

ListedWorkflow listed(const std::string& file) {
    ListedWorkflow entry;
    entry.file = file;
    auto read = read_definition(file);
    if (auto* refused = std::get_if<BadRequest>(&read)) {
        entry.faults = std::move(refused->faults);
        return entry;
    }
    auto& definition = std::get<workflow::Definition>(read);
    if (!definition.faults.empty()) {
        entry.faults = std::move(definition.faults);
        return entry;
    }
    const auto& workflow = definition.workflow;
    entry.name = workflow.name;
    entry.domain = workflow.domain;
    entry.description = workflow.description;
    entry.version = workflow.version;
    entry.steps = workflow.steps.size();
    entry.tags = workflow.tags;
    entry.sha256 = definition.sha256;
    return entry;
}

BadRequest no_such_workflow(const std::string& name, const WorkflowFolder& folder, const std::vector<ListedWorkflow>& all) {
    std::vector<std::string> names;
    std::size_t unreadable = 0;
    for (const auto& entry : all) {
        if (entry.name.empty())
            ++unreadable;
        else
            names.push_back(entry.name);
    }
    const auto meant = workflow::nearest(name, names);
    std::string hint = "'spine workflow list' shows what there is; a file is named with its .yaml";
    if (!meant.empty())
        hint = "did you mean '" + meant + "'?";
    else if (unreadable > 0)
        hint = std::to_string(unreadable) + " file(s) there cannot be read; 'spine workflow list' says why";
    return bad(ErrorCode::not_found, "workflow '" + name + "'", "is unknown in '" + folder.path + "'", std::move(hint));
}

} // namespace

std::vector<ListedWorkflow> list_workflows(const WorkflowFolder& folder) {
    std::vector<ListedWorkflow> all;
    for (const auto& file : workflow_files(folder.path))
        all.push_back(listed(file));
    std::ranges::stable_sort(all, {}, &ListedWorkflow::name);
    return all;
}

std::variant<workflow::Definition, BadRequest> find_workflow(const std::string& name_or_file, const WorkflowFolder& folder) {
    if (name_or_file.find('/') != std::string::npos || is_workflow_file(name_or_file) || has_ending(name_or_file, ".json"))
        return read_definition(name_or_file);
    const auto all = list_workflows(folder);
    std::vector<std::string> files;
    for (const auto& entry : all)
        if (!entry.name.empty() && entry.name == name_or_file)
            files.push_back(entry.file);
    if (files.empty())
        return no_such_workflow(name_or_file, folder, all);
    if (files.size() > 1)
        return bad(ErrorCode::invalid,
                   "workflow '" + name_or_file + "'",
                   "is the name of two files: " + files[0] + " and " + files[1],
                   "rename one, or name the file that is meant");
    return read_definition(files.front());
}

} // namespace spine::control
