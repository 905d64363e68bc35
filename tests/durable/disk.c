/* A disk that fails when told to: loaded into a server by LD_PRELOAD, it stands before the system calls with which
   SQLite reads and writes. The test says what happens, in a file that both have in memory. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct orders {
    int32_t write_error; /* errno of every write that finds no room, 0: there is room */
    int32_t sync_error;  /* errno of every fsync, 0: they succeed */
    int32_t room;        /* bytes that can still be written before write_error */
    int32_t kill_at;     /* the number of the call, from now on, that the process does not survive; 0: none */
    int32_t tear;        /* 1: of the write that kills, the first half reaches the disk */
    int32_t calls;       /* how many there have been */
    int32_t read_error;  /* errno of every read, 0: they succeed */
};

static volatile struct orders *orders;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_ORDERS");
    int fd = path ? open(path, O_RDWR) : -1;
    if (fd >= 0) {
        void *shared = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        orders = shared == MAP_FAILED ? NULL : shared;
    }
}

static int is_ours(int fd) {
    char link[64], target[4096];
    if (!orders)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
        return 0;
    target[length] = 0;
    return strstr(target, "decaf.sqlite") != NULL;
}

static int is_last(void) {
    orders->calls++;
    return orders->kill_at > 0 && --orders->kill_at == 0;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

typedef ssize_t (*pwrite_t)(int, const void *, size_t, off64_t);

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static pwrite_t real;
    if (!real)
        real = (pwrite_t)dlsym(RTLD_NEXT, "pwrite64");
    if (!is_ours(fd))
        return real(fd, bytes, count, at);
    if (is_last()) {
        if (orders->tear)
            real(fd, bytes, count / 2, at);
        die();
    }
    if (orders->write_error) {
        if (orders->room <= 0) {
            errno = orders->write_error;
            return -1;
        }
        if (count > (size_t)orders->room)
            count = orders->room;
        orders->room -= count;
    }
    return real(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

typedef ssize_t (*pread_t)(int, void *, size_t, off64_t);

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    static pread_t real;
    if (!real)
        real = (pread_t)dlsym(RTLD_NEXT, "pread64");
    if (is_ours(fd) && orders->read_error) {
        errno = orders->read_error;
        return -1;
    }
    return real(fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) { return pread64(fd, bytes, count, at); }

static int synced(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (!is_ours(fd))
        return real(fd);
    if (is_last())
        die();
    if (orders->sync_error) {
        errno = orders->sync_error;
        return -1;
    }
    return real(fd);
}

int fdatasync(int fd) { return synced("fdatasync", fd); }

int fsync(int fd) { return synced("fsync", fd); }

int ftruncate64(int fd, off64_t length) {
    static int (*real)(int, off64_t);
    if (!real)
        real = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
    if (is_ours(fd) && is_last())
        die();
    return real(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }
