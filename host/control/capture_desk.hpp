/// What a person may do to captures: take one out of sight, or have readers see another one.
#pragma once

#include <string>

namespace spine::control {

struct CaptureWish {
    std::string capture_id;
    std::string by;
    std::string reason;
};

/// How the capture's partition stands after the call.
struct CaptureAnswer {
    bool changed = true; ///< false: it was so already, nothing was written
    std::string capture_id, domain, partition_key;
    std::string head_capture_id;      ///< the newest capture that is not withdrawn; empty: none
    std::string published_capture_id; ///< what readers see; empty: nothing
    std::string by, reason, at;       ///< of what stands: whose doing it is, when it was not this call's
};

/// Both are one synced transaction, told by an anomaly, and supersede work that is under way on the partition. Nothing is deleted.
///
/// Threads: one at a time. Fails: throws Error{not_found} with what may have been meant, {conflict}, {unavailable, commit_failed}.
class CaptureDesk {
public:
    virtual ~CaptureDesk() = default;
    /// The capture is never head or published again. The partition goes back to the newest one that is left, its readers to the newest one that
    /// was published before. What was made from those is current again.
    virtual CaptureAnswer withdraw(const CaptureWish& wish) = 0;
    /// Readers see this capture from now on, whatever its checks said, until a newer one qualifies. Throws Error{conflict} when it is withdrawn.
    virtual CaptureAnswer publish(const CaptureWish& wish) = 0;
};

} // namespace spine::control
