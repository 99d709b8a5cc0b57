#include "queue/claim.hpp"

#include <array>
#include <utility>

namespace spine::queue {

namespace {
constexpr std::array<std::pair<ItemState, const char*>, 6> states{{
    {ItemState::pending, "PENDING"},
    {ItemState::running, "RUNNING"},
    {ItemState::retry_wait, "RETRY_WAIT"},
    {ItemState::complete, "COMPLETE"},
    {ItemState::failed, "FAILED"},
    {ItemState::cancelled, "CANCELLED"},
}};
} // namespace

const char* to_text(ItemState state) {
    for (const auto& [value, text] : states)
        if (value == state)
            return text;
    return "FAILED";
}

std::optional<ItemState> item_state_from(const std::string& text) {
    for (const auto& [value, name] : states)
        if (text == name)
            return value;
    return std::nullopt;
}

Verdict claim_verdict(const std::optional<Item>& live, bool owner_alive) {
    if (!live)
        return Verdict::take_new;
    switch (live->state) {
    case ItemState::complete:
    case ItemState::failed:
    case ItemState::cancelled: return Verdict::take_new;
    case ItemState::pending: return Verdict::adopt; // enqueued, never begun: this process does it
    case ItemState::running:
    case ItemState::retry_wait: break;
    }
    if (owner_alive)
        return Verdict::leave;
    return live->attempt_count >= live->attempts_max ? Verdict::bury : Verdict::adopt;
}

} // namespace spine::queue
