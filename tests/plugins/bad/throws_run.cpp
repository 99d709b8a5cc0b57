#include "minimal.h"

#include <stdexcept>
static spine_status throw_exception(const spine_pipeline_desc*, const spine_run*) {
    throw std::runtime_error{"thrown out of run"};
}
static spine_status throw_number(const spine_pipeline_desc*, const spine_run*) { throw 42; }
SPOIL(pipelines[0].run = &throw_exception; pipelines[1].run = &throw_number)
