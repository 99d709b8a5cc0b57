#include "minimal.h"
extern int nobody_defines_this(void);
SPOIL(desc.thread_model = (uint32_t)nobody_defines_this())
