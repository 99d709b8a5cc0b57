/// `spine due`
#pragma once

namespace spine::cli {

struct Session;
struct Invocation;

int show_due(Session& session, const Invocation& invocation);

} // namespace spine::cli
