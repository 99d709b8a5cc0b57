#include "minimal.h"
EXPORT const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) {
    return major == 77 && minor == 77 ? &plugin : NULL;
}
