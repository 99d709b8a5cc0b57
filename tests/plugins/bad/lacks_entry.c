/* Hidden, as everything here is built: nothing is exported. */
int lonely(void);
int lonely(void) { return 0; }
