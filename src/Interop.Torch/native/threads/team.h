// Threads that perform the same operations on parts of a batch, each on its own. What all would compute alike they divide
// between them at a rendezvous.
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

    // A member that has left is not waited for.
    void leave(int rank);

    // Members that sleep until others have come. For other threads.
    int sleepers() const { return _sleepers; }

private:
    friend class Rendezvous;

    // On a cache line of its own.
    struct alignas(64) Member {
        std::atomic<int64_t> arrivals{0};
        std::atomic<bool> is_present{false};
        const void* offer = nullptr;
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

// The members of the calling thread's team exchange an offer each, and wait for each other again at the end of its life. The
// thread is alone without a team, and where all others have left.
class Rendezvous {
public:
    // The offer must stay valid until the end.
    explicit Rendezvous(const void* offer);
    ~Rendezvous();
    Rendezvous(const Rendezvous&) = delete;
    Rendezvous& operator=(const Rendezvous&) = delete;

    // Of the members, in their order, and the place of the calling thread among them.
    const std::vector<const void*>& offers() const { return _offers; }
    int64_t place() const { return _place; }

private:
    std::vector<int> _ranks;
    std::vector<const void*> _offers;
    int64_t _place = 0;
};

// Whether the calling thread is a member of a team.
bool is_in_team();

}  // namespace mt
