// RUN: %check torn-state %s --no-notes
//
// Known to be wrong, from reading findings on real code bases: own code of the
// same shape.

#include "own/task.h"

// An iterator has one consumer by contract: nobody else calls next() meanwhile.
class row_iterator {
public:
  own::task<bool> next_FP();
  void rewind() { page_ = 0; }

private:
  own::task<int> fetch();
  int page_ = 0;
};

own::task<bool> row_iterator::next_FP() {
  if (page_ == 0)
    page_ = co_await fetch();
  // expected-warning@-1 {{'page_' was checked before a suspension and is written after it}}
  co_return page_ != 0;
}
