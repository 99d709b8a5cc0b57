#include "cli/capture_commands.hpp"

#include "cli/text.hpp"
#include "cli/who.hpp"
#include "control/capture_desk.hpp"

#include <algorithm>

namespace spine::cli {
namespace {

namespace json = boost::json;

using Move = control::CaptureAnswer (control::CaptureDesk::*)(const control::CaptureWish&);

constexpr std::size_t name_max = 200;
constexpr std::size_t reason_max = 2000;

/// What is kept for good must be readable for good.
void check_text(workflow::Diagnostics& faults, const std::string& what, const std::string& text, std::size_t most) {
    const bool blank = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' '; });
    const bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
    if (blank)
        faults.push_back({what, "is empty", "say it in a few words", 0, 0});
    else if (text.size() > most)
        faults.push_back({what, "has more than " + std::to_string(most) + " bytes", "say it in fewer words", 0, 0});
    else if (control)
        faults.push_back({what, "has a character that cannot be shown", "write one line of text", 0, 0});
}

int move_capture(Session& session, const Invocation& invocation, Move move, const std::string& done) {
    const control::CaptureWish wish{invocation.arguments.at(0), who_asks(session, invocation, "as"), invocation.value("reason")};
    workflow::Diagnostics faults;
    check_text(faults, "--reason", wish.reason, reason_max);
    check_text(faults, "--as", wish.by, name_max);
    if (!faults.empty())
        return refuse_usage(session, faults);
    const auto& catalogue = session.libraries.get().catalogue();
    const auto store = session.stores.open(control::Access::write);
    const auto answer = (store->captures_desk(catalogue).*move)(wish);
    store->close();
    const auto or_null = [](const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); };
    json::object document{{"capture_id", answer.capture_id},
                          {"status", done},
                          {"changed", answer.changed},
                          {"domain", answer.domain},
                          {"partition_key", structured("partition_key", json::value(answer.partition_key))},
                          {"head_capture_id", or_null(answer.head_capture_id)},
                          {"published_capture_id", or_null(answer.published_capture_id)},
                          {"by", answer.by},
                          {"reason", answer.reason},
                          {"at", answer.at}};
    show(session,
         document,
         fields_text({{done, answer.capture_id},
                      {"by", answer.by},
                      {"why", answer.reason},
                      {"partition", pairs_text(document["partition_key"])},
                      {"head", answer.head_capture_id.empty() ? "none" : answer.head_capture_id},
                      {"readers see", answer.published_capture_id.empty() ? "nothing of it" : answer.published_capture_id}}));
    session.out().flush();
    if (!answer.changed)
        session.words.note("it is " + done + " already; nothing was changed");
    return 0;
}

} // namespace

int withdraw_capture(Session& session, const Invocation& invocation) {
    return move_capture(session, invocation, &control::CaptureDesk::withdraw, "withdrawn");
}

int publish_capture(Session& session, const Invocation& invocation) {
    return move_capture(session, invocation, &control::CaptureDesk::publish, "published");
}

} // namespace spine::cli
