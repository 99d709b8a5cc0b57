#include "calc/text_pool.hpp"

#include <functional>

namespace finra::calc {

namespace {
constexpr TextPool::Id vacant = UINT32_MAX;
}

TextPool::TextPool() : ends_{0}, slots_(64, vacant) { slots_[slot({})] = 0; }

TextPool::Id TextPool::add(std::string_view text) {
    // Rows come sorted, so most texts are those of the row before.
    if (text == this->text(latest_))
        return latest_;
    std::size_t at = slot(text);
    if (slots_[at] == vacant) {
        if (ends_.size() * 2 >= slots_.size()) {
            grow();
            at = slot(text);
        }
        slots_[at] = static_cast<Id>(ends_.size());
        texts_.append(text);
        ends_.push_back(texts_.size());
    }
    latest_ = slots_[at];
    return latest_;
}

std::string_view TextPool::text(Id id) const {
    const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
    return {texts_.data() + begin, ends_[id] - begin};
}

void TextPool::grow() {
    slots_.assign(slots_.size() * 2, vacant);
    for (std::size_t id = 0; id < ends_.size(); ++id)
        slots_[slot(text(static_cast<Id>(id)))] = static_cast<Id>(id);
}

/// Where `text` is, or where it would be put; there is always a vacant slot.
std::size_t TextPool::slot(std::string_view text) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = std::hash<std::string_view>{}(text)&mask;
    while (slots_[at] != vacant && this->text(slots_[at]) != text)
        at = (at + 1) & mask;
    return at;
}

} // namespace finra::calc
