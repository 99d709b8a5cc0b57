/// What a status of the ABI means to the host, and back.
#pragma once

#include "error.hpp"
#include "spine/abi.h"
#include "unit/outcome.hpp"

#include <string>
#include <string_view>

namespace spine::plugin {

bool is_known(spine_status status) noexcept;
/// "INVALID_DATA"; "99" for one that is not known.
std::string to_text(spine_status status);

/// Category and exit code of a status; an unknown one counts as SPINE_INTERNAL.
unit::Failure failure_of(spine_status status, std::string message);

/// The status with which a host function answers when the host itself has failed.
spine_status status_of(ErrorCode code) noexcept;
/// The failure of a host function: the status's category, the error's own exit code and hint.
unit::Failure failure_of(const Error& error);

unit::Retry retry_of(spine_retry retry) noexcept;

/// Details that a plugin gave with its failure: kept, and `category` and `hint` in them count.
void add_details(unit::Failure& failure, std::string_view details);

} // namespace spine::plugin
