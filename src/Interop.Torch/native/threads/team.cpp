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
    Team* team;
    int rank;
};

// The innermost last.
thread_local std::vector<Membership> memberships;

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

Rendezvous::Rendezvous(const void* offer) {
    if (!is_in_team()) {
        _offers = {offer};
        return;
    }
    const auto [team, own] = memberships.back();
    auto& members = team->_members;
    _ranks.reserve(members.size());
    _offers.reserve(members.size());
    members[own].offer = offer;
    team->arrive(own);
    const int64_t arrivals = members[own].arrivals;
    for (int rank = 0; rank < static_cast<int>(members.size()); ++rank) {
        if (rank == own) _place = static_cast<int64_t>(_ranks.size());
        else if (!team->await(rank, arrivals)) continue;
        _ranks.push_back(rank);
        _offers.push_back(members[rank].offer);
    }
}

Rendezvous::~Rendezvous() {
    if (!is_in_team()) return;
    const auto [team, own] = memberships.back();
    team->arrive(own);
    const int64_t arrivals = team->_members[own].arrivals;
    for (const int rank : _ranks)
        if (rank != own) team->await(rank, arrivals);
}

bool is_in_team() { return !memberships.empty(); }

}  // namespace mt

static mt::Team& team_of(mt_team* team) { return *reinterpret_cast<mt::Team*>(team); }

mt_team* mt_team_new(int32_t count) {
    return mt::guarded(static_cast<mt_team*>(nullptr), [&] { return reinterpret_cast<mt_team*>(new mt::Team(count)); });
}

void mt_team_free(mt_team* team) { delete &team_of(team); }
void mt_team_begin(mt_team* team) { team_of(team).begin(); }

int32_t mt_team_enter(mt_team* team, int32_t rank) {
    return mt::run([&] { mt::memberships.push_back({&team_of(team), rank}); });
}

int32_t mt_team_leave(mt_team* team, int32_t rank) {
    return mt::run([&] {
        auto& all = mt::memberships;
        if (!all.empty() && all.back().team == &team_of(team)) all.pop_back();
        team_of(team).leave(rank);
    });
}

int32_t mt_team_sleepers(mt_team* team) { return team_of(team).sleepers(); }
