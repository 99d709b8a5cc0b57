#include "examples.hpp"
#include "text.hpp"

#include <algorithm>

namespace examples {

void greet(spine::Check& check) {
    check.output("message", "Hello, " + std::string(spine::view(option(check, "name").text)) + "!");
}

void shout(spine::Check& check) {
    std::string message(spine::view(option(check, "message").text));
    std::transform(message.begin(), message.end(), message.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    check.output("shouted", message);
}

} // namespace examples
