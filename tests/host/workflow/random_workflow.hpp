/// Workflows made at random from a seed: every type of step, every field, odd texts. What they name need not exist.
#pragma once

#include "workflow/definition.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace spine::test {

class RandomWorkflow {
public:
    explicit RandomWorkflow(std::uint64_t seed) : random_{seed} {}

    workflow::Workflow make() {
        workflow::Workflow made;
        made.name = "made.w" + std::to_string(below(1000));
        if (chance())
            made.domain = "made.domain";
        if (chance())
            made.description = text();
        made.version = 1 + static_cast<std::int64_t>(below(5));
        made.tags = list(3);
        made.defaults = object(3);
        for (auto count = below(3); count > 0; --count)
            made.flags["flag_" + std::to_string(below(9))] = chance();
        if (chance())
            made.execution = chance() ? workflow::Execution::parallel : workflow::Execution::sequential;
        if (chance())
            made.max_concurrency = natural();
        if (chance())
            made.on_failure = chance() ? workflow::OnFailure::stop : workflow::OnFailure::go_on;
        if (chance())
            made.timeout_seconds = number();
        if (chance()) {
            workflow::Concurrency concurrency;
            if (chance())
                concurrency.max_concurrent_runs = natural();
            if (chance())
                concurrency.on_conflict = static_cast<workflow::OnConflict>(below(3));
            if (chance())
                concurrency.queue_timeout_seconds = number();
            made.concurrency = concurrency;
        }
        made.steps = steps(1 + below(6), 0);
        if (chance())
            made.failure_handler = step("handler", 2);
        return made;
    }

    /// A text of any kind: words, numbers in disguise, specials of YAML, lines, characters from everywhere.
    std::string text() {
        static const std::array<const char*, 70> odd{
            "no", "yes", "null", "~", "true", "False", "1e3", "12", "-7", "0x1F", "0o17", ".inf", ".nan", "2025-12-22", "12:30:00", "- a", "a: b", "a #b",
            "#b", "&a", "*a", "!t", "!!str x", "|", ">", "%", "@x", "`x", "{a", "a}", "[a", "a]", "a,b", "?", "? x", ":", ": x", "'", "\"", "it's",
            "\\", "\\n", " lead", "trail ", "a\nb", "a\nb\n", "a\n\nb\n", "\na", "a\n\n", " a\nb", "a\n  b\n", "a\r\nb", "tab\there", "\ta\nb", "<<", "---",
            "...", "$.05", "\xc3\xa9t\xc3\xa9\nx", "\xf0\x9f\x98\x80", "\xe2\x80\xa8", "\xef\xbb\xbfx", "\x01\x7f\xc2\x85", "=",
            "\xe2\x80\xaetxt.exe", "a\xc2\x9b[2J", "\xf3\xa0\x80\x81", "\xc2\xad\nb", "secret:env:KEY|default:a b", "$.flags.flag_1"};
        switch (below(4)) {
        case 0: return odd[below(odd.size())];
        case 1: return odd[below(odd.size())] + std::string{odd[below(odd.size())]};
        case 2: return "word" + std::to_string(below(100));
        default: break;
        }
        std::string made;
        for (auto count = 1 + below(12); count > 0; --count)
            made.push_back(static_cast<char>(below(12) == 0 ? '\n' : ' ' + static_cast<char>(below(95))));
        return made;
    }

    boost::json::value value(std::size_t depth) {
        switch (below(depth == 0 ? 6 : 8)) {
        case 0: return nullptr;
        case 1: return chance();
        case 2: return static_cast<std::int64_t>(random_());
        case 3: return real();
        case 6: {
            boost::json::array array;
            for (auto count = below(4); count > 0; --count)
                array.push_back(value(depth - 1));
            return array;
        }
        case 7: return object(depth - 1);
        default: return boost::json::value(text());
        }
    }

    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
    bool chance() { return below(2) == 0; }

private:
    double real() {
        const auto exponent = static_cast<int>(below(560)) - 280;
        return (static_cast<double>(random_()) - 9e18) * std::pow(10.0, exponent);
    }
    std::int64_t natural() { return 1 + static_cast<std::int64_t>(below(1000)); }
    double number() { return chance() ? static_cast<double>(1 + below(1000)) : static_cast<double>(1 + below(1000)) / 7; }

    std::vector<std::string> list(std::size_t most) {
        std::vector<std::string> made;
        for (auto count = below(most + 1); count > 0; --count)
            made.push_back(text());
        return made;
    }
    boost::json::object object(std::size_t depth) {
        boost::json::object made;
        for (auto count = below(4); count > 0; --count)
            made[below(8) == 0 ? text() + std::string(below(300), 'k') : text()] = value(depth);
        return made;
    }

    workflow::RetryRule retry() {
        workflow::RetryRule made;
        if (chance())
            made.max_attempts = natural();
        if (chance())
            made.initial_delay_seconds = number();
        if (chance())
            made.backoff_multiplier = number();
        if (chance())
            made.max_delay_seconds = number();
        if (chance())
            made.retryable_categories = {"TRANSIENT", text()};
        return made;
    }

    workflow::StepKind kind(std::size_t depth) {
        switch (below(7)) {
        case 0: return workflow::PipelineStep{"p" + text()};
        case 1: return workflow::LambdaStep{"h" + text()};
        case 2: {
            workflow::ChoiceStep made{conditions[below(conditions.size())], "s0", {}};
            if (chance())
                made.else_step = "s1";
            return made;
        }
        case 3: {
            if (depth == 2)
                return workflow::PipelineStep{"deep"};
            workflow::MapStep made;
            made.items = chance() ? boost::json::value("$.outputs.s0.list") : boost::json::value(boost::json::array{1, value(1), "x"});
            made.steps = steps(1 + below(3), depth + 1);
            if (chance())
                made.item_name = "week";
            if (chance()) {
                made.partition_by = value(2);
                if (made.partition_by->is_null())
                    made.partition_by.reset();
            }
            if (chance())
                made.max_concurrency = natural();
            return made;
        }
        case 4: return workflow::WorkflowStep{"child." + std::to_string(below(9)), chance(), chance()};
        case 5: {
            workflow::WaitStep made;
            if (chance())
                made.seconds = chance() ? boost::json::value(natural()) : boost::json::value("$.params.pause");
            else
                made.until = boost::json::value("2026-01-02T22:15:00.000Z");
            return made;
        }
        default: break;
        }
        workflow::ApprovalStep made;
        made.approvers = list(2);
        if (chance())
            made.message = text();
        made.context_fields = list(2);
        if (chance())
            made.timeout_hours = number();
        made.on_timeout = std::array<const char*, 3>{"", "reject", "approve"}[below(3)];
        made.auto_approve_envs = list(2);
        return made;
    }

    workflow::Step step(const std::string& name, std::size_t depth) {
        workflow::Step made;
        made.name = name;
        made.kind = kind(depth);
        if (chance())
            made.depends_on = {"s0"};
        made.on_error = static_cast<workflow::OnError>(below(3));
        if (below(4) == 0)
            made.retry = retry();
        if (below(4) == 0)
            made.timeout_seconds = number();
        made.config = object(2);
        made.params = object(2);
        if (chance())
            made.when = conditions[below(conditions.size())];
        if (chance())
            made.stage = text();
        if (below(4) == 0)
            made.next = "s1";
        made.end = below(4) == 0;
        return made;
    }
    std::vector<workflow::Step> steps(std::size_t count, std::size_t depth) {
        std::vector<workflow::Step> made;
        for (std::size_t i = 0; i < count; ++i)
            made.push_back(step("s" + std::to_string(i), depth));
        return made;
    }

    static constexpr std::array<const char*, 5> conditions{"not skip_rolling", "outputs.s0.row_count > 10 and tier == 'OTC'", "has($.params.x)",
                                                           "x in [1, 2.5, \"a: b\"]", "size(weeks) >= 6"};
    std::mt19937_64 random_;
};

} // namespace spine::test
