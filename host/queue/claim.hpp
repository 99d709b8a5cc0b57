/// Who may take a work item: the rule, as a function of what is recorded and of whether its owner is alive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace spine::queue {

/// States of a work item. FAILED are the dead letters.
enum class ItemState { pending, running, retry_wait, complete, failed, cancelled };
const char* to_text(ItemState state);
std::optional<ItemState> item_state_from(const std::string& text);

/// A work item whose key somebody asks for.
struct Item {
    std::int64_t id = 0;
    ItemState state = ItemState::pending;
    std::int64_t fence = 0; ///< grows with every claim; every terminal write compares it
    int attempt_count = 0;
    int attempts_max = 3;
    std::string locked_by;
    std::string locked_at;
    std::string execution_id;
};


enum class Verdict {
    take_new, ///< nobody has the key: a new item
    adopt,    ///< the owner died: its unfinished execution goes on, with the next attempt and fence
    bury,     ///< owners died once too often: the execution is closed as failed, and a new item begins
    leave     ///< somebody alive has it
};

/// Threads: any; nothing but its arguments counts. `owner_alive` is meaningless without an item.
Verdict claim_verdict(const std::optional<Item>& live, bool owner_alive);

/// Tells whether the process that calls itself by a worker name still lives.
class Liveness {
public:
    virtual ~Liveness() = default;
    virtual bool alive(const std::string& worker) = 0;
    /// The name of this process.
    virtual const std::string& self() const = 0;
};

} // namespace spine::queue
