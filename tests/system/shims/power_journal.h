/* What power_journal writes down and power_cut reads. */
#ifndef SPINE_SHIMS_POWER_JOURNAL_H
#define SPINE_SHIMS_POWER_JOURNAL_H

/* Kinds: C a file is made (file, name), W written (file, at, bytes), T cut to a size (file, at), S synced (file), D a folder is synced (name), R renamed,
 * L linked (name, other), U unlinked (name), M a folder is made (name), A the first byte of an answer, E a command ended well. Behind it: name, other, bytes. */
struct record {
    char kind;
    char unused[7];
    unsigned long long file;
    long long at;
    unsigned long long size;
    unsigned name_size;
    unsigned other_size;
};

#endif
