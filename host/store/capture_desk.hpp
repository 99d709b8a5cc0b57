/// Withdrawing and publishing captures by hand, on a SQLite store.
#pragma once

#include "control/capture_desk.hpp"
#include "env/clock.hpp"
#include "store/writer.hpp"
#include "workflow/catalogue.hpp"

namespace spine::store {

class SqliteCaptureDesk final : public control::CaptureDesk {
public:
    SqliteCaptureDesk(env::Clock& clock, Writer& writer, const workflow::Catalogue& catalogue)
        : clock_{clock}, writer_{writer}, catalogue_{catalogue} {}
    control::CaptureAnswer withdraw(const control::CaptureWish& wish) override;
    control::CaptureAnswer publish(const control::CaptureWish& wish) override;

private:
    env::Clock& clock_;
    Writer& writer_;
    const workflow::Catalogue& catalogue_; ///< which stages come before the publishing one
};

} // namespace spine::store
