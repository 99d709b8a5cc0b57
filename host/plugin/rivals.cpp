#include "plugin/rivals.hpp"

#include "plugin/refusal.hpp"
#include "plugin/text.hpp"

#include <algorithm>

namespace spine::plugin {

namespace {

using control::KnownPlugin;
using workflow::Domain;
using workflow::Plugin;

bool share_name(const Domain& a, const Domain& b) {
    const auto called = [](const Domain& domain, const std::string& name) {
        return !name.empty() && (domain.name == name || domain.alias == name);
    };
    return called(a, b.name) || called(a, b.alias);
}

/// The domain of `a` that `b` brings too.
const Domain* shared_domain(const Plugin& a, const Plugin& b) {
    for (const auto& domain : a.domains)
        for (const auto& other : b.domains)
            if (share_name(domain, other))
                return &domain;
    return nullptr;
}

bool is_built_in(const Plugin& plugin) { return plugin.file == "built in"; }

/// Whether the tables in the store are those that this file has made or would make.
bool fits(const Plugin& plugin, const KnownPlugin& known) {
    return std::all_of(known.migrations.begin(), known.migrations.end(), [&](const auto& applied) {
        return std::any_of(plugin.migrations.begin(), plugin.migrations.end(), [&](const auto& own) {
            return own.number == applied.first && own.sha256 == applied.second;
        });
    });
}

enum class Winner { first, second, neither };
Winner winner(bool first, bool second) {
    return first == second ? Winner::neither : first ? Winner::first : Winner::second;
}

/// Why one is taken and not the other, for both sentences.
struct Judgement {
    Winner winner = Winner::neither;
    std::string why;
};

class Court {
public:
    explicit Court(const KnownPlugins& known) : ask_{known} {}

    Judgement judge(const Plugin& a, const Plugin& b) {
        if (is_built_in(a) || is_built_in(b))
            return {is_built_in(a) ? Winner::first : Winner::second, "which is part of this program"};
        const auto* of_a = known(a);
        const auto* of_b = known(b);
        if (a.id != b.id)
            return {winner(of_a != nullptr, of_b != nullptr),
                    of_a != nullptr || of_b != nullptr ? "whose plugin is known to the store" : "the store knows neither"};
        if (a.version == b.version)
            return {Winner::neither, "they have the same version and different bytes"};
        if (of_a == nullptr)
            return {Winner::neither, "the store knows neither"};
        if (const auto fitting = winner(fits(a, *of_a), fits(b, *of_a)); fitting != Winner::neither)
            return {fitting, "which fits the tables in the store"};
        if (const auto used = winner(a.sha256 == of_a->sha256, b.sha256 == of_a->sha256); used != Winner::neither)
            return {used, "which the store was used with last"};
        return {winner(a.version == of_a->version, b.version == of_a->version), "whose version the store was used with last"};
    }

private:
    const KnownPlugin* known(const Plugin& plugin) {
        if (const auto* own = known(plugin.id))
            return own;
        for (const auto& former : workflow::former_ids(plugin)) // until its migrations are applied
            if (const auto* own = known(former))
                return own;
        return nullptr;
    }
    const KnownPlugin* known(const std::string& id) {
        if (!answer_)
            answer_ = ask_ ? ask_() : std::vector<KnownPlugin>{};
        const auto found = std::find_if(answer_->begin(), answer_->end(), [&](const auto& one) { return one.id == id; });
        return found == answer_->end() ? nullptr : &*found;
    }

    const KnownPlugins& ask_;
    std::optional<std::vector<KnownPlugin>> answer_;
};

bool was(const Plugin& plugin, const std::string& id) {
    const auto former = workflow::former_ids(plugin);
    return std::find(former.begin(), former.end(), id) != former.end();
}

/// One of them is what the other one has become: which of the two the tables belong to is for whoever installs them to say.
Setback old_beside_new(const Plugin& old, const Plugin& renamed) {
    return {sentence({"id",
                      "plugin " + quoted(renamed.id) + " in " + renamed.file + ", which was called " + quoted(old.id) + ", beside " + quoted(old.id) + " itself in " + old.file,
                      "one of the two",
                      "remove " + old.file + " to go on under the new name, or " + renamed.file + " to stay with the old one"}),
            false, false};
}

Setback lost(const Plugin& loser, const Plugin& other, const Judgement& judgement) {
    const bool same = loser.id == other.id;
    const auto* domain = same ? nullptr : shared_domain(loser, other);
    const auto what = same ? quoted(loser.id) + " " + loser.version + " in " + loser.file
                           : "domain " + quoted(domain->name) + " of plugin " + quoted(loser.id) + " in " + loser.file;
    const auto by = same ? other.file + " as " + other.version : "plugin " + quoted(other.id) + " (" + other.file + ")";
    const bool neither = judgement.winner == Winner::neither;
    return {sentence({same ? "id" : "domains",
                      what + ", brought by " + by + " too" +
                          (neither ? ", and neither is taken: " + judgement.why : ", " + judgement.why),
                      same ? "one file for each plugin" : "names that no other plugin has",
                      same && !neither ? "remove " + loser.file + ", or the other one to use this one"
                                       : std::string{"remove one of the files"} + (same ? "" : " or rename the domain")}),
            false, !neither};
}

} // namespace

std::vector<std::optional<Setback>> settle(const std::vector<const Plugin*>& plugins, const KnownPlugins& known) {
    std::vector<std::optional<Setback>> setbacks(plugins.size());
    Court court{known};
    for (std::size_t i = 0; i < plugins.size(); ++i)
        for (std::size_t j = i + 1; j < plugins.size(); ++j) {
            const auto& first = *plugins[i];
            const auto& second = *plugins[j];
            if ((setbacks[j] && setbacks[j]->spare) || (setbacks[i] && setbacks[i]->spare))
                continue; // what it is a copy of speaks for it
            if (was(first, second.id) || was(second, first.id)) {
                setbacks[i] = setbacks[j] = was(first, second.id) ? old_beside_new(second, first) : old_beside_new(first, second);
                continue;
            }
            if (first.id != second.id && shared_domain(first, second) == nullptr)
                continue;
            if (!is_built_in(first) && first.sha256 == second.sha256) {
                setbacks[j] = Setback{sentence({"id", "the bytes of plugin " + quoted(first.id) + " a second time, which is loaded from " + first.file, "one file for each plugin", "remove one of them"}), true, true};
                continue;
            }
            const auto judgement = court.judge(first, second);
            if (judgement.winner != Winner::first && !setbacks[i])
                setbacks[i] = lost(first, second, judgement);
            if (judgement.winner != Winner::second && !setbacks[j])
                setbacks[j] = lost(second, first, judgement);
        }
    return setbacks;
}

} // namespace spine::plugin
