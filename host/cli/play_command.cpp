#include "cli/play_command.hpp"

#include "cli/object_table.hpp"
#include "cli/outcome_text.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/workflow_commands.hpp"
#include "control/play.hpp"
#include "control/retention.hpp"
#include "control/versions.hpp"
#include "error.hpp"
#include "workflow/json.hpp"

#include <boost/json/string.hpp>
#include <iostream>
#include <map>
#include <sstream>
#include <unistd.h>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::Playground;

constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

constexpr const char* help_of_play =
    "step           do the next step for real in the scratch store, those of child workflows one by one; waiting is over at once\n"
    "back           to before the step that was done last, with what was set since and what pipelines wrote\n"
    "approve STEP [NAME [REASON]]\n"
    "reject STEP [NAME [REASON]]\n"
    "               answer a step that asks; as NAME, without it as the first one who is asked\n"
    "peek           which step is next\n"
    "set K=V        change a parameter of the run, typed as -p types it\n"
    "run            step until the run is over or waits for an answer\n"
    "show           the steps so far\n"
    "outputs [STEP] what the steps gave\n"
    "params         the parameters with every update\n"
    "history        every step that was done, those that were taken back too\n"
    "summary        where the run stands\n"
    "quit           the scratch store goes away\n"
    "What pipelines do outside of the store (mail, files) is done for real and is not undone. A run that nobody waits for (wait: false, one that a\n"
    "step asks for, the next one of a chain) is not played.\n";

/// One line without its end; nothing at the end of the input. Throws for a line that is too long.
std::optional<std::string> next_line(std::istream& in) {
    std::string line;
    for (int byte = in.get(); byte != std::istream::traits_type::eof(); byte = in.get()) {
        if (byte == '\n')
            return line;
        if (line.size() == line_bytes_max)
            throw Error{ErrorCode::usage, "a line of more than 1 MiB"};
        line.push_back(static_cast<char>(byte));
    }
    return line.empty() ? std::nullopt : std::optional{line};
}

json::object document_of(const control::Played& played) {
    return {{"step", played.path}, {"type", played.type}, {"status", played.status}, {"reason", played.reason}, {"output", played.output}};
}

std::string text_of(const control::Played& played) {
    if (played.path.empty())
        return played.status + ": " + printable(played.reason) + "\n";
    const auto outcome = outcome_text(played.type, played.reason, played.output);
    return printable(played.path) + " (" + played.type + ") " + played.status + (outcome.empty() ? "" : ": " + printable(outcome)) + "\n";
}

/// One command after another.
class Player {
public:
    Player(Session& session, Playground& ground) : session_{session}, ground_{ground} {}

    /// False: the end.
    bool perform(const std::string& line) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string::npos)
            return true;
        const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
        const auto word = line.substr(begin, end - begin);
        const auto rest_at = line.find_first_not_of(" \t\r", end);
        auto rest = rest_at == std::string::npos ? std::string{} : line.substr(rest_at);
        rest.erase(rest.find_last_not_of(" \t\r") + 1);
        if (word == "quit" || word == "exit")
            return false;
        const auto found = actions().find(word);
        if (found == actions().end())
            fault("'" + word + "' is no command", "'help' tells them");
        else
            (this->*found->second)(rest);
        return true;
    }
    bool faulty() const noexcept { return faulty_; }

private:
    using Action = void (Player::*)(const std::string& rest);
    static const std::map<std::string, Action>& actions() {
        static const std::map<std::string, Action> all{
            {"step", &Player::step},       {"back", &Player::back},     {"peek", &Player::peek},       {"set", &Player::set},
            {"run", &Player::run},         {"show", &Player::show},     {"outputs", &Player::outputs}, {"params", &Player::params},
            {"history", &Player::history}, {"summary", &Player::summary}, {"help", &Player::help},
            {"approve", &Player::approve}, {"reject", &Player::reject}};
        return all;
    }

    void fault(const std::string& message, const std::string& hint) {
        faulty_ = true;
        session_.words.error(message, hint);
    }
    void answer(const json::object& document, const std::string& text) {
        if (session_.output() == config::Output::table)
            session_.out().write(text);
        else
            session_.out().write(workflow::json_text(document) + "\n");
        session_.out().flush();
    }
    void tell(const control::Played& played) { answer(document_of(played), text_of(played)); }

    void step(const std::string&) { tell(ground_.step()); }
    void run(const std::string&) {
        for (std::size_t i = 0; i < Playground::steps_per_run && !ground_.over() && !session_.world.cancel.cancelled(); ++i) {
            const bool stands = ground_.stands();
            tell(ground_.step());
            if (stands)
                break; // somebody is waited for
        }
        summary({});
    }
    void approve(const std::string& rest) { give(true, rest); }
    void reject(const std::string& rest) { give(false, rest); }
    void give(bool approved, const std::string& rest) {
        if (rest.empty())
            return fault(approved ? "'approve' needs STEP" : "'reject' needs STEP", approved ? "approve review ann" : "reject review ann");
        std::istringstream words{rest};
        std::string step;
        control::PlayAnswer answer{approved, {}, {}};
        words >> step >> answer.by >> std::ws;
        std::getline(words, answer.reason);
        const auto answered = ground_.answer(step, answer);
        if (const auto* declined = std::get_if<run::Declined>(&answered))
            return fault(declined->message, declined->hint);
        tell(std::get<control::Played>(answered));
    }
    void back(const std::string&) {
        if (!ground_.back())
            return fault("nothing was done yet", "'step' does the next step");
        peek({});
    }
    void peek(const std::string&) {
        const auto next = ground_.peek();
        answer({{"next", next.path}, {"type", next.type}, {"reason", next.why}},
               next.path.empty() ? printable(next.why) + "\n" : "next: " + printable(next.path) + " (" + next.type + ")\n");
    }
    void set(const std::string& rest) {
        const auto equals = rest.find('=');
        if (equals == 0 || equals == std::string::npos)
            return fault("'set' needs K=V", "set max_value=4");
        const auto name = rest.substr(0, equals);
        if (const auto faults = ground_.set(name, rest.substr(equals + 1))) {
            faulty_ = true;
            return tell_faults(session_.words, *faults);
        }
        answer({{"params", ground_.params()}}, printable(name) + " = " + printable(workflow::json_text(ground_.params().at(name))) + "\n");
    }
    void show(const std::string&) {
        control::Table rows{{"step", "type", "status", "outcome"}, {}, false};
        json::array documents;
        for (const auto& record : ground_.story()) {
            const auto why = record.failure ? record.failure->message : record.reason;
            const auto attempt = record.attempt == 1 ? std::string{} : " #" + std::to_string(record.attempt);
            rows.rows.push_back({json::value(record.step + attempt),
                                 json::value(record.type),
                                 json::value(run::to_text(record.status)),
                                 json::value(outcome_text(record.type, why, record.output))});
            documents.push_back(json::object{{"step", record.step}, {"attempt", record.attempt}, {"type", record.type},
                                             {"status", run::to_text(record.status)}, {"reason", why}, {"output", record.output}});
        }
        answer({{"steps", std::move(documents)}}, table_text(session_, rows));
    }
    void outputs(const std::string& rest) {
        if (rest.empty())
            return tell_object("outputs", ground_.outputs());
        const auto* output = ground_.outputs().if_contains(rest);
        if (output == nullptr)
            return fault("step '" + cut(rest, 200) + "' gave nothing yet", "'outputs' shows all");
        if (output->is_object())
            tell_object(rest, output->get_object());
    }
    void params(const std::string&) { tell_object("params", ground_.params()); }
    void tell_object(const std::string& name, const json::object& object) {
        Fields fields;
        for (const auto& member : object)
            fields.emplace_back(member.key(), workflow::json_text(member.value()));
        answer({{name, object}}, fields_text(fields));
    }
    void history(const std::string&) {
        json::array documents;
        std::string text;
        for (const auto& played : ground_.history()) {
            documents.push_back(document_of(played));
            text += text_of(played);
        }
        answer({{"history", std::move(documents)}}, text);
    }
    void summary(const std::string&) {
        const auto remaining = ground_.remaining(), completed = ground_.completed(), unplayed = ground_.unplayed();
        const auto list = [](const std::vector<std::string>& names) { return json::array(names.begin(), names.end()); };
        answer({{"status", ground_.status()},
                {"reason", ground_.reason()},
                {"completed_steps", list(completed)},
                {"total_steps", ground_.steps()},
                {"remaining", list(remaining)},
                {"not_played", list(unplayed)},
                {"snapshots", ground_.history().size()}},
               fields_text({{"status", ground_.status()},
                            {"reason", ground_.reason()},
                            {"steps done", std::to_string(completed.size()) + " of " + std::to_string(ground_.steps())},
                            {"remaining", remaining.empty() ? "none" : joined(remaining)},
                            {"not played", joined(unplayed)}}));
    }
    void help(const std::string&) { answer({{"help", help_of_play}}, help_of_play); }

    Session& session_;
    Playground& ground_;
    bool faulty_ = false;
};

bool asks_a_person(const World& world) { return world.in == nullptr && ::isatty(STDIN_FILENO) == 1 && world.err.is_terminal(); }

/// Whether a word may be the beginning of a run's id.
bool may_be_run(const std::string& word) {
    constexpr std::size_t beginning_min = 8;
    return word.size() >= beginning_min && word.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

/// A run as it is recorded, and the store that it is in; nothing when there is no such run.
struct Past {
    std::unique_ptr<control::Store> store;
    run::RunRow row;
};
std::optional<Past> past_run(Session& session, const std::string& word) {
    if (!may_be_run(word))
        return std::nullopt;
    Past past{session.stores.open(control::Access::read), {}};
    const auto id = member_text(past.store->workflow_run(word), "run_id");
    auto row = id.empty() ? std::nullopt : past.store->run_journal().look(id);
    if (!row)
        return std::nullopt;
    for (const auto& record : row->steps)
        if (record.step == control::pruned_step)
            throw Error{ErrorCode::conflict, "the steps of run '" + id + "' were pruned: there is nothing to play", "play its workflow instead"};
    past.row = std::move(*row);
    return past;
}

/// A run that has not begun, of a workflow that was named; the exit code when it cannot be.
std::variant<run::RunRow, int> new_row(Session& session, const Invocation& invocation) {
    auto params = given_parameters(invocation);
    if (!params.faults.empty())
        return refuse_usage(session, params.faults);
    const auto refuse = [&](const control::BadRequest& bad) {
        tell_faults(session.words, bad.faults);
        return bad.exit_code;
    };
    auto found = control::find_definition(invocation.arguments.at(0), session.workflow_folder(), session.stores);
    if (const auto* bad = std::get_if<control::BadRequest>(&found))
        return refuse(*bad);
    auto& meant = std::get<control::FoundDefinition>(found);
    if (!meant.note.empty())
        session.words.note(meant.note);
    auto row = control::unbegun_run({std::move(meant.definition), std::move(params.pairs), {}}, means_of(session));
    if (const auto* bad = std::get_if<control::BadRequest>(&row))
        return refuse(*bad);
    auto& made = std::get<run::RunRow>(row);
    made.folder.clear(); // paths in messages stay as they were given
    return std::move(made);
}

} // namespace

int play_workflow(Session& session, const Invocation& invocation) {
    auto past = past_run(session, invocation.arguments.at(0));
    run::RunRow row;
    if (past) {
        row = past->row;
    } else {
        auto made = new_row(session, invocation);
        if (const auto* code = std::get_if<int>(&made))
            return *code;
        row = std::get<run::RunRow>(std::move(made));
    }
    session.world.hold_interrupts();
    env::NoLog nobody;
    const auto open = [&](const std::string& url) {
        auto settings = session.settings;
        settings.database = url;
        return session.world.assemble(settings, nobody).stores;
    };
    auto& library = session.libraries.get();
    control::Scratch scratch{open, library.catalogue(), past ? past->store.get() : nullptr};
    past.reset(); // the run itself is never touched
    Playground ground{session.world.clock, session.world.random, library, scratch, session.world.cancel, std::move(row)};
    Player player{session, ground};
    auto& in = session.world.in == nullptr ? std::cin : *session.world.in;
    const bool prompts = asks_a_person(session.world);
    if (prompts)
        session.words.note("'help' tells the commands");
    while (!session.world.cancel.cancelled()) {
        if (prompts)
            session.words.plain("> ");
        const auto line = next_line(in);
        if (!line || !player.perform(*line))
            break;
    }
    if (session.world.cancel.cancelled())
        return exit_code(ErrorCode::interrupted);
    return player.faulty() && !prompts ? exit_code(ErrorCode::usage) : 0;
}

} // namespace spine::cli
