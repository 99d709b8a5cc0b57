/// The command line with a fake store and fake plugins behind it.
#pragma once

#include "cli/cli.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"
#include "support/string_sink.hpp"

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

struct FakeWorld {
    ManualClock clock;
    CountingRandom random;
    run::CancelToken cancel;
    StoreScript script;
    FakeLibraries libraries;
    StringSink out, err;
    std::map<std::string, std::string> variables;
    int interrupts_held = 0;
    int assembled = 0;
    std::istringstream typed; ///< standard input

    FakeWorld() { libraries.library.plugins = demo_catalogue(); }

    /// Does `arguments` as if they had been typed; `out` and `err` begin empty.
    int spine(const std::vector<std::string>& arguments) {
        out.text.clear();
        err.text.clear();
        const cli::World world{"1.2.3",
                               "1.0",
                               clock,
                               random,
                               cancel,
                               [this](const std::string& name) -> std::optional<std::string> {
                                   const auto found = variables.find(name);
                                   if (found == variables.end())
                                       return std::nullopt;
                                   return found->second;
                               },
                               config::Places{"/work", "/opt/spine/bin/spine"},
                               [this](const config::Settings&, env::Log&) {
                                   ++assembled;
                                   return cli::Parts{std::make_unique<FakeStores>(script),
                                                     std::make_unique<Forwarding>(libraries)};
                               },
                               [this] { ++interrupts_held; },
                               out,
                               err,
                               &typed};
        return cli::execute(arguments, world);
    }

private:
    class Forwarding final : public control::Libraries {
    public:
        explicit Forwarding(FakeLibraries& libraries) : libraries_{libraries} {}
        control::Library& get() override { return libraries_.get(); }
        std::string folder() const override { return libraries_.folder(); }

    private:
        FakeLibraries& libraries_;
    };
};

} // namespace spine::test
