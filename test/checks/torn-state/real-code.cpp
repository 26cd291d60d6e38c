// RUN: %check torn-state %s --no-notes
//
// Known to be wrong, from reading findings on real code bases: own code of the
// same shape.

#include "own/task.h"

// An iterator has one consumer by contract: nobody else calls next() meanwhile.
class row_iterator {
public:
  own::task<bool> ok_next();
  void rewind() { page_ = 0; }

private:
  own::task<int> fetch();
  int page_ = 0;
};

own::task<bool> row_iterator::ok_next() {
  if (page_ == 0)
    page_ = co_await fetch();
  co_return page_ != 0;
}
