// RUN: %check unchecked-wakeup %s

#include <coroutine>

// Write what must be found and what must not before the check itself. A name
// that starts with bad_ must have a finding in it, one that starts with ok_ none.
