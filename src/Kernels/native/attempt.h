// Exception handling around every function that may run out of memory.
#pragma once
#include <cstdint>
#include <exception>
#include <new>

namespace mt {

void set_last_error(const char* text) noexcept;

// 0, or 1 after an exception, whose message mt_last_error() has.
template <class Body>
int32_t attempt(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const std::bad_alloc&) {
        set_last_error("out of memory");
    } catch (const std::exception& e) {
        set_last_error(e.what());
    }
    return 1;
}

}  // namespace mt
