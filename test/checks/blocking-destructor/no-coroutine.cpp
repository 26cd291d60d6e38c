// RUN: %check blocking-destructor %s
//
// Where there are no coroutines, a pool that joins in its destructor is how it
// should be.

#include <thread>
#include <vector>

class OkPool {
public:
  ~OkPool() {
    for (std::thread &t : threads)
      t.join();
  }

private:
  std::vector<std::thread> threads;
  std::jthread timer;
};
