/* What a disk could hold when the power goes: reads what shims/power_journal.c wrote down.
 *
 *   power_cut JOURNAL                     how many records there are
 *   power_cut JOURNAL ended               adds the record that a command ended well
 *   power_cut JOURNAL answers             how many records there are up to each first byte of an answer
 *   power_cut JOURNAL CUT SEED FOLDER     makes FOLDER as it could be when only the first CUT records happened; prints how many commands
 *                                         had answered and how many had ended then
 *
 * What was synced is there. Of the rest, by the seed, nothing (always with 0), all, or some: each sector of 512 bytes as it was at some time since the last sync,
 * each change of a size or not; of the names in a folder the first few changes. */
#include "shims/power_journal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { sector = 512, files_max = 4096, names_max = 4096 };

struct operation {
    const struct record* record;
    const char* bytes;
};
struct file {
    unsigned long long id;
    char* content;
    size_t size, room;
    struct operation* pending;
    size_t pending_count, pending_room;
};
struct name {
    char path[256];
    struct file* file; /* null: a folder */
    bool gone;
};
static struct file files[files_max];
static size_t file_count;
static struct name names[names_max];
static size_t name_count;
static const struct record* changes[65536]; /* of names, not synced */
static size_t change_count;
static uint64_t state;
static bool strict;

static uint64_t draw(uint64_t below) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}
static void fail(const char* what) {
    perror(what);
    exit(2);
}
static void* grown(void* old, size_t bytes) {
    void* fresh = realloc(old, bytes == 0 ? 1 : bytes);
    if (fresh == NULL)
        fail("memory");
    return fresh;
}
static struct file* file_of(unsigned long long id) {
    for (size_t i = file_count; i > 0; --i) /* the newest: numbers are used again */
        if (files[i - 1].id == id)
            return &files[i - 1];
    return NULL;
}
static struct file* new_file(unsigned long long id) {
    if (file_count == files_max)
        fail("too many files");
    files[file_count].id = id;
    return &files[file_count++];
}
static void resize(struct file* file, size_t size) {
    if (size > file->room) {
        file->room = size * 2;
        file->content = grown(file->content, file->room);
    }
    if (size > file->size)
        memset(file->content + file->size, 0, size - file->size);
    file->size = size;
}
static void put(struct file* file, const char* bytes, size_t at, size_t size) {
    if (at + size > file->size)
        resize(file, at + size);
    memcpy(file->content + at, bytes, size);
}
static void apply(struct file* file, const struct operation* operation, bool torn) {
    const struct record* record = operation->record;
    const size_t at = (size_t)record->at, size = (size_t)record->size;
    if (record->kind == 'T') {
        if (!torn || draw(2) == 0)
            resize(file, at);
        return;
    }
    if (!torn) {
        put(file, operation->bytes, at, size);
        return;
    }
    const uint64_t how = draw(4); /* none, all, some sectors */
    for (size_t done = 0; how > 0 && done < size;) {
        size_t part = sector - (at + done) % sector;
        if (part > size - done)
            part = size - done;
        if (how == 1 || draw(2) == 0)
            put(file, operation->bytes + done, at + done, part);
        done += part;
    }
}
static void sync_file(struct file* file) {
    for (size_t i = 0; i < file->pending_count; ++i)
        apply(file, &file->pending[i], false);
    file->pending_count = 0;
}

static void text_of(const struct record* record, bool other, char* out) {
    const char* at = (const char*)(record + 1) + (other ? record->name_size : 0);
    const size_t size = other ? record->other_size : record->name_size;
    if (size >= 256)
        fail("a name is too long");
    memcpy(out, at, size);
    out[size] = '\0';
}
static struct name* find(const char* path) {
    for (size_t i = 0; i < name_count; ++i)
        if (!names[i].gone && strcmp(names[i].path, path) == 0)
            return &names[i];
    return NULL;
}
static void give(const char* path, struct file* file) {
    struct name* there = find(path);
    if (there == NULL) {
        if (name_count == names_max)
            fail("too many names");
        there = &names[name_count++];
        snprintf(there->path, sizeof there->path, "%s", path);
    }
    there->gone = false;
    there->file = file;
}
static void parent_of(const char* path, char* out) {
    snprintf(out, 256, "%s", path);
    char* slash = strrchr(out, '/');
    *(slash == NULL ? out : slash) = '\0';
}
static void change_name(const struct record* record, struct file* made) {
    char one[256], two[256];
    text_of(record, false, one);
    text_of(record, true, two);
    struct name* from = find(one);
    switch (record->kind) {
    case 'C': give(one, made); break;
    case 'M': give(one, NULL); break;
    case 'U':
        if (from != NULL)
            from->gone = true;
        break;
    default:
        if (from == NULL)
            return;
        give(two, from->file);
        if (record->kind == 'R')
            find(one)->gone = true;
    }
}
/* Files by the record that made them, since their numbers are used again. */
static struct file* made_by[65536];
static void sync_folder(const char* path, size_t keep_max) {
    size_t left = 0, kept = 0;
    for (size_t i = 0; i < change_count; ++i) {
        char name[256], parent[256];
        text_of(changes[i], false, name);
        parent_of(name, parent);
        if (strcmp(parent, path) == 0) {
            if (kept++ < keep_max)
                change_name(changes[i], made_by[i]);
            continue;
        }
        changes[left] = changes[i];
        made_by[left++] = made_by[i];
    }
    change_count = left;
}

static const char* journal_bytes;
static size_t journal_size;
static void read_journal(const char* path) {
    const int fd = open(path, O_RDONLY);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0)
        fail(path);
    journal_size = (size_t)info.st_size;
    char* bytes = grown(NULL, journal_size + 1);
    for (size_t done = 0; done < journal_size;) {
        const ssize_t got = read(fd, bytes + done, journal_size - done);
        if (got <= 0)
            fail(path);
        done += (size_t)got;
    }
    close(fd);
    journal_bytes = bytes;
}
/* The record at a place, copied to where it may stand, and the place of the next one; null at the end. */
static const struct record* record_at(size_t* place) {
    struct record head;
    if (*place + sizeof head > journal_size)
        return NULL;
    memcpy(&head, journal_bytes + *place, sizeof head);
    const size_t size = sizeof head + head.name_size + head.other_size + (head.kind == 'W' ? (size_t)head.size : 0);
    if (*place + size > journal_size)
        return NULL;
    struct record* copy = grown(NULL, size);
    memcpy(copy, journal_bytes + *place, size);
    *place += size;
    return copy;
}

static void happen(const struct record* record) {
    char name[256];
    struct file* file;
    switch (record->kind) {
    case 'C':
        if (change_count == 65536)
            fail("too many changes of names");
        made_by[change_count] = new_file(record->file);
        changes[change_count++] = record;
        break;
    case 'M':
    case 'R':
    case 'L':
    case 'U':
        made_by[change_count] = NULL;
        changes[change_count++] = record;
        break;
    case 'D':
        text_of(record, false, name);
        sync_folder(name, SIZE_MAX);
        break;
    default:
        file = file_of(record->file);
        if (file == NULL)
            return; /* made before anything was written down */
        if (record->kind == 'S') {
            sync_file(file);
            return;
        }
        if (file->pending_count == file->pending_room) {
            file->pending_room = file->pending_room * 2 + 16;
            file->pending = grown(file->pending, file->pending_room * sizeof *file->pending);
        }
        file->pending[file->pending_count++] = (struct operation){record, (const char*)(record + 1) + record->name_size + record->other_size};
    }
}

static void go_out(void) {
    const uint64_t how = strict ? 0 : draw(4); /* nothing more, all, some, some */
    for (size_t i = 0; i < file_count && how > 0; ++i) {
        for (size_t k = 0; k < files[i].pending_count; ++k)
            apply(&files[i], &files[i].pending[k], how > 1);
        files[i].pending_count = 0;
    }
    while (change_count > 0 && how > 0) {
        char name[256], parent[256];
        text_of(changes[0], false, name);
        parent_of(name, parent);
        sync_folder(parent, how == 1 ? SIZE_MAX : (size_t)draw(change_count + 1));
    }
}

static void write_out(const char* folder) {
    char path[4096];
    if (mkdir(folder, 0700) != 0)
        fail(folder);
    for (size_t i = 0; i < name_count; ++i) {
        if (names[i].gone)
            continue;
        const int length = snprintf(path, sizeof path, "%s/%s", folder, names[i].path);
        if (length < 0 || (size_t)length >= sizeof path)
            fail(names[i].path);
        if (names[i].file == NULL) {
            if (mkdir(path, 0700) != 0)
                fail(path);
            continue;
        }
        const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || write(fd, names[i].file->content, names[i].file->size) != (ssize_t)names[i].file->size || close(fd) != 0)
            fail(path);
    }
}

/* What was read stays until the end, so nothing is a leak: a word to the sanitizer, which calls this when it is there. */
const char* __asan_default_options(void);
const char* __asan_default_options(void) { return "detect_leaks=0"; }

int main(int count, char** arguments) {
    if (count == 3 && strcmp(arguments[2], "ended") == 0) {
        const struct record ended = {.kind = 'E'};
        const int fd = open(arguments[1], O_WRONLY | O_APPEND);
        if (fd < 0 || write(fd, &ended, sizeof ended) != (ssize_t)sizeof ended)
            fail(arguments[1]);
        return 0;
    }
    const bool lists = count == 3 && strcmp(arguments[2], "answers") == 0;
    if (count != 2 && count != 5 && !lists) {
        fprintf(stderr, "usage: power_cut JOURNAL [ended | answers | CUT SEED FOLDER]\n");
        return 2;
    }
    read_journal(arguments[1]);
    const size_t cut = count != 5 ? SIZE_MAX : strtoull(arguments[2], NULL, 10);
    size_t place = 0, records = 0;
    unsigned answers = 0, ends = 0;
    for (const struct record* record; records < cut && (record = record_at(&place)) != NULL; ++records) {
        answers += record->kind == 'A';
        ends += record->kind == 'E';
        if (lists && record->kind == 'A')
            printf("%zu\n", records + 1);
        if (count == 5 && record->kind != 'A' && record->kind != 'E')
            happen(record);
    }
    if (count == 2)
        printf("%zu\n", records);
    if (count != 5)
        return 0;
    const uint64_t seed = strtoull(arguments[3], NULL, 10);
    strict = seed == 0;
    state = seed * 1000003u + cut;
    go_out();
    write_out(arguments[4]);
    printf("%u %u\n", answers, ends);
    return 0;
}
