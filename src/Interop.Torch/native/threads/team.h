// Threads that perform the same operations on parts of a batch, each on its own. What they would all compute alike, they
// meet to divide between them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace mt {

class Team {
public:
    explicit Team(int count) : _members(count) {}

    // Before any member enters.
    void begin();

    // A member that has left meets nobody.
    void leave(int rank);

private:
    friend class Meeting;

    // On a cache line of its own.
    struct alignas(64) Member {
        std::atomic<int64_t> arrivals{0};
        std::atomic<bool> is_present{false};
        const void* brought = nullptr;
    };

    void arrive(int rank);

    // Whether the member has arrived as often as this one; false: it has left.
    bool await(int rank, int64_t arrivals);

    template <class Change>
    void announce(Change&& change);

    std::vector<Member> _members;
    std::atomic<int> _sleepers{0};
    std::mutex _mutex;
    std::condition_variable _changed;
};

// One meeting of the members of the calling thread's team, for as long as it lives: none goes on before all have ended
// theirs. Without a team, and where all others have left, the thread is alone.
class Meeting {
public:
    // What the member brings must stay valid until the end.
    explicit Meeting(const void* mine);
    ~Meeting();
    Meeting(const Meeting&) = delete;
    Meeting& operator=(const Meeting&) = delete;

    // What the members brought, in their order, and the place of the calling thread among them.
    const std::vector<const void*>& brought() const { return _brought; }
    int64_t place() const { return _place; }

private:
    std::vector<int> _ranks;
    std::vector<const void*> _brought;
    int64_t _place = 0;
};

// Whether the calling thread is a member of a team.
bool is_in_team();

}  // namespace mt
