// Members wait a little in a loop, as they do the same work at the same time; then they sleep, as one may have lost its
// processor to another process.
#include "threads/team.h"
#include "support.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mt {
namespace {

// Some 5 to 15 microseconds.
constexpr int Spins = 300;

void relax() {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

struct Membership {
    Team* team = nullptr;
    int rank = 0;
};

thread_local Membership own;

}  // namespace

void Team::begin() {
    for (auto& member : _members) {
        member.arrivals = 0;
        member.is_present = true;
    }
}

// A sleeper holds the mutex from its last look until it sleeps.
template <class Change>
void Team::announce(Change&& change) {
    change();
    if (_sleepers == 0) return;
    { const std::lock_guard<std::mutex> lock(_mutex); }
    _changed.notify_all();
}

void Team::leave(int rank) {
    announce([&] { _members[rank].is_present = false; });
}

void Team::arrive(int rank) {
    announce([&] { _members[rank].arrivals.fetch_add(1); });
}

bool Team::await(int rank, int64_t arrivals) {
    const auto& member = _members[rank];
    const auto is_known = [&] { return member.arrivals >= arrivals || !member.is_present; };
    for (int i = 0; i < Spins && !is_known(); ++i) relax();
    if (!is_known()) {
        std::unique_lock<std::mutex> lock(_mutex);
        ++_sleepers;
        _changed.wait(lock, is_known);
        --_sleepers;
    }
    // It may have arrived and left.
    return member.arrivals >= arrivals;
}

Meeting::Meeting(const void* mine) {
    if (!own.team) {
        _brought = {mine};
        return;
    }
    auto& members = own.team->_members;
    members[own.rank].brought = mine;
    own.team->arrive(own.rank);
    const int64_t arrivals = members[own.rank].arrivals;
    for (int rank = 0; rank < static_cast<int>(members.size()); ++rank) {
        if (rank == own.rank) _place = static_cast<int64_t>(_ranks.size());
        else if (!own.team->await(rank, arrivals)) continue;
        _ranks.push_back(rank);
        _brought.push_back(members[rank].brought);
    }
}

Meeting::~Meeting() {
    if (!own.team) return;
    own.team->arrive(own.rank);
    const int64_t arrivals = own.team->_members[own.rank].arrivals;
    for (const int rank : _ranks)
        if (rank != own.rank) own.team->await(rank, arrivals);
}

bool is_in_team() { return own.team != nullptr; }

}  // namespace mt

using mt::own;

mt_team* mt_team_new(int32_t count) {
    return mt::guarded(static_cast<mt_team*>(nullptr), [&] { return reinterpret_cast<mt_team*>(new mt::Team(count)); });
}

void mt_team_free(mt_team* team) { delete reinterpret_cast<mt::Team*>(team); }
void mt_team_begin(mt_team* team) { reinterpret_cast<mt::Team*>(team)->begin(); }
void mt_team_enter(mt_team* team, int32_t rank) { own = {reinterpret_cast<mt::Team*>(team), rank}; }

void mt_team_leave(void) {
    if (own.team) own.team->leave(own.rank);
    own = {};
}
