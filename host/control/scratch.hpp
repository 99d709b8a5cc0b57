/// A store to play with, in a folder that nobody else sees and that is gone afterwards.
#pragma once

#include "control/store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace spine::control {

/// Makes the stores of a URL.
using OpenStores = std::function<std::unique_ptr<Stores>(const std::string& url)>;

/// Threads: one at a time. Lives: not longer than the catalogue. Fails: throws Error{unavailable}.
class Scratch {
public:
    /// Empty with the tables of the plugins, or a copy of `origin`, which is only read.
    Scratch(OpenStores open, const workflow::Catalogue& catalogue, Store* origin);
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    Store& store() { return *store_; }
    run::Journal& journal() { return *journal_; }
    const std::string& folder() const noexcept { return folder_; }
    /// A copy of the store as it is, to come back to; its file.
    std::string keep();
    void come_back_to(const std::string& kept);
    void forget(const std::string& kept);

private:
    void open(const std::string& file, bool fresh);

    OpenStores open_;
    const workflow::Catalogue& catalogue_;
    std::string folder_;
    std::size_t files_ = 0;
    std::unique_ptr<Stores> stores_;
    std::unique_ptr<Store> store_;
    run::Journal* journal_ = nullptr; ///< the store's
};

} // namespace spine::control
