#include "minimal.h"

#include <stdexcept>
SPOIL(throw std::runtime_error{"thrown out of the query"})
