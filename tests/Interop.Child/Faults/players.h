// Threads that play processes: at each call on a file below the folder one of them goes on, drawn from a seed. Calls
// fail and processes die where they are told to. Exactly one thread plays at a time.
#include <pthread.h>

enum { MOST_PLAYERS = 8, MOST_FILES = 1024 };

typedef struct {
    pthread_cond_t turn;
    int is_playing, is_resting, is_dead;
    long calls_left; // until the call that fails; 0: none
    int error;       // of that call; 0: the process dies there
} player;

static pthread_mutex_t stage = PTHREAD_MUTEX_INITIALIZER;
static player players[MOST_PLAYERS];
static int expected, current = -1, has_flock;
static unsigned long draws;
static void (*observer)(int player, const char *name, const char *path);
static int owners[MOST_FILES]; // of descriptors: the player that opened it, and one
static __thread int me = -1;

static unsigned long draw(void) {
    draws ^= draws << 13;
    draws ^= draws >> 7;
    draws ^= draws << 17;
    return draws;
}

// Any of those that play, or none.
static void pass_turn(void) {
    int others[MOST_PLAYERS], count = 0;
    for (int i = 0; i < MOST_PLAYERS; i++) if (players[i].is_playing) others[count++] = i;
    current = count ? others[draw() % count] : -1;
    if (current >= 0) pthread_cond_signal(&players[current].turn);
}

static void await_turn(void) {
    while (current != me) pthread_cond_wait(&players[me].turn, &stage);
}

void players_begin(int count, unsigned long seed, int flock_works, void (*observe)(int, const char *, const char *)) {
    expected = count;
    has_flock = flock_works;
    current = -1;
    draws = seed * 2654435761u + 88172645463325252ul;
    observer = observe;
}

// Returns at the first turn; all of them have to enter.
void players_enter(int number) {
    pthread_mutex_lock(&stage);
    me = number;
    players[me] = (player){ .turn = PTHREAD_COND_INITIALIZER, .is_playing = 1, .is_dead = 1 };
    if (--expected == 0) pass_turn();
    await_turn();
    pthread_mutex_unlock(&stage);
}

void players_leave(void) {
    pthread_mutex_lock(&stage);
    players[me].is_playing = 0;
    me = -1;
    pass_turn();
    pthread_mutex_unlock(&stage);
}

// Waits until another one wakes it, unless all others wait, too.
void players_rest(void) {
    pthread_mutex_lock(&stage);
    players[me].is_playing = 0;
    players[me].is_resting = 1;
    pass_turn();
    if (current < 0) {
        players[me].is_playing = 1;
        players[me].is_resting = 0;
        current = me;
    }
    await_turn();
    pthread_mutex_unlock(&stage);
}

void players_wake_all(void) {
    for (int i = 0; i < MOST_PLAYERS; i++) {
        players[i].is_playing |= players[i].is_resting;
        players[i].is_resting = 0;
    }
}

// A process begins; its call of this number, from 1, fails with an error, or it dies there.
void players_start(long call, int error) {
    players[me].calls_left = call;
    players[me].error = error;
    players[me].is_dead = 0;
}

// A process ends: its files are closed, and with them its locks. Descriptors stay, as names of an empty file, for those
// who close them later.
int players_end(void) {
    int was_dead = players[me].is_dead;
    players[me].is_dead = 1;
    for (int i = 0; i < MOST_FILES; i++) {
        if (owners[i] != me + 1) continue;
        owners[i] = 0;
        int nothing = (open)("/dev/null", O_RDWR);
        dup2(nothing, i);
        (close)(nothing);
    }
    return was_dead;
}

static int is_change(const char *name) {
    static const char *const changes[] = { "mkdir", "rmdir", "unlink", "rename", "link", "ftruncate", "pwrite", "write" };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) if (!strcmp(name, changes[i])) return 1;
    return 0;
}

// Whether this call of the thread has to fail; the error is set then.
static int fails_playing(const char *name, const char *path) {
    if (me < 0) return 0;
    player *self = &players[me];
    int saved = errno;
    if (!self->is_dead) {
        pthread_mutex_lock(&stage);
        if (draw() % 8 == 0) pass_turn();
        await_turn();
        pthread_mutex_unlock(&stage);
        if (self->calls_left > 0 && --self->calls_left == 0) {
            if (self->error) {
                errno = self->error;
                return 1;
            }
            players_end();
        }
    }
    errno = saved;
    if (self->is_dead) {
        errno = EIO;
        return 1;
    }
    if (is_change(name)) observer(me, name, path);
    errno = saved;
    return 0;
}

static void note_opened(int descriptor) {
    if (me >= 0 && descriptor >= 0 && descriptor < MOST_FILES) owners[descriptor] = me + 1;
}

static void note_closed(int descriptor) {
    if (descriptor >= 0 && descriptor < MOST_FILES) owners[descriptor] = 0;
}
