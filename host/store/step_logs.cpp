#include "store/step_logs.hpp"

namespace spine::store {

void StepLog::add(unit::LogLine line) {
    const auto bytes = line.text.size() + line.level.size() + line.time.size();
    if (dropped_lines_ == 0 && lines_.size() < log_lines_max && bytes_ + bytes <= log_bytes_max) {
        bytes_ += bytes;
        lines_.push_back(std::move(line));
        return;
    }
    ++dropped_lines_; // all that follow too, so that what is kept has no gaps
    dropped_bytes_ += line.text.size();
    dropped_at_ = std::move(line.time);
}

std::vector<unit::LogLine> StepLog::lines() const {
    auto all = lines_;
    if (dropped_lines_ != 0)
        all.push_back({dropped_at_,
                       "WARN",
                       "dropped " + std::to_string(dropped_lines_) +
                           (dropped_lines_ == 1 ? " more line of " : " more lines of ") +
                           std::to_string(dropped_bytes_) + " bytes"});
    return all;
}

void write_step_log(Connection& connection, const LoggedAttempt& of, const StepLog& log) {
    auto& last = connection.prepared(
        of.run_id.empty() ? "SELECT max(line_no) FROM core_step_logs WHERE execution_id = ?1 AND generation = ?2 AND attempt = ?3"
                          : "SELECT max(line_no) FROM core_step_logs WHERE run_id = ?1 AND step = ?4 AND "
                            "generation = ?2 AND attempt = ?3");
    last.bind(1, of.run_id.empty() ? of.execution_id : of.run_id);
    last.bind(2, of.generation);
    last.bind(3, of.attempt);
    if (!of.run_id.empty())
        last.bind(4, of.step);
    last.executeStep();
    auto line_no = last.getColumn(0).getInt64();
    last.reset();
    for (const auto& line : log.lines()) {
        auto& insert = connection.prepared(
            "INSERT INTO core_step_logs (run_id, execution_id, step, generation, attempt, line_no, at, "
            "level, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        bind_or_null(insert, 1, of.run_id);
        bind_or_null(insert, 2, of.execution_id);
        bind_or_null(insert, 3, of.step);
        insert.bind(4, of.generation);
        insert.bind(5, of.attempt);
        insert.bind(6, ++line_no);
        insert.bind(7, line.time);
        insert.bind(8, line.level);
        insert.bind(9, line.text);
        insert.exec();
    }
}

} // namespace spine::store
