#include "control/scratch.hpp"

#include "error.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spine::control {
namespace {

namespace fs = std::filesystem;

std::string made_folder() {
    auto name = (fs::temp_directory_path() / "spine-play-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) // for its owner alone
        throw Error{ErrorCode::unavailable, "there is no room for a scratch store in '" + fs::temp_directory_path().string() + "'",
                    "TMPDIR names another folder"};
    return name;
}

} // namespace

Scratch::Scratch(OpenStores open, const workflow::Catalogue& catalogue, Store* origin)
    : open_{std::move(open)}, catalogue_{catalogue}, folder_{made_folder()} {
    try {
        const auto file = folder_ + "/0.db";
        if (origin != nullptr)
            origin->backup(file);
        this->open(file, origin == nullptr);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
        throw;
    }
}

Scratch::~Scratch() {
    store_.reset();
    stores_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

void Scratch::open(const std::string& file, bool fresh) {
    journal_ = nullptr;
    store_.reset();
    stores_ = open_("sqlite:" + file);
    bool created = false;
    store_ = fresh ? stores_->create(created) : stores_->open(Access::write);
    store_->migrate(catalogue_);
    journal_ = &store_->journal(catalogue_);
}

std::string Scratch::keep() {
    auto file = folder_ + "/" + std::to_string(++files_) + ".db";
    store_->backup(file);
    return file;
}

void Scratch::come_back_to(const std::string& kept) { open(kept, false); }

void Scratch::forget(const std::string& kept) {
    std::error_code ignored;
    fs::remove(kept, ignored);
}

} // namespace spine::control
