/// The store itself: made, checked, copied, pruned, compared, asked.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int init_store(Session& session, const Invocation& invocation);
int check_store(Session& session, const Invocation& invocation);
int restore_store(Session& session, const Invocation& invocation);
int backup_store(Session& session, const Invocation& invocation);
int prune_store(Session& session, const Invocation& invocation);
int digest_store(Session& session, const Invocation& invocation);
int query_store(Session& session, const Invocation& invocation);

} // namespace spine::cli
