__attribute__((visibility("default"))) int plugin_main(void) { return 0; }
