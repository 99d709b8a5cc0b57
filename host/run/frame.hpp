/// The inner workings of a run's state: frames of steps, maps and their items, paths. For fold and decide alone.
#pragma once

#include "run/state.hpp"
#include "workflow/expression.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace spine::run {

/// Places by name, and fresh states.
void index_frame(Frame& frame);
/// Of a parallel frame: who waits for whom, from what is settled already.
void connect(Frame& frame);
/// What expressions see at a step of the frame.
workflow::Scope scope_of(const State& state, const Frame& frame);
/// The items of a map as they are at this moment, or why there are none.
std::variant<boost::json::array, unit::Failure> items_of(const State& state, const Frame& frame, const workflow::Step& step);
/// A map begins, or goes on after a retry with what its good items gave.
void open_map(State& state, Frame& frame, std::size_t step);
/// The frame of an item, made when it is the next one to begin; nullptr when it is over.
Frame* enter_item(Frame& frame, std::size_t step, std::size_t item);
/// As `locate`, beginning the item that comes next and the failure handler.
std::optional<Located> enter(State& state, std::string_view path);
/// After the steps of a frame were changed: the items of its maps find theirs again.
void point_at_steps(Frame& frame);
/// Applies the records of a journal in the order of their events.
void replay(State& state, const std::vector<StepRecord>& steps);

} // namespace spine::run
