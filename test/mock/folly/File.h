// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_FILE
#define MOCK_FOLLY_FILE

#include <fcntl.h>

namespace folly {

class File {
public:
  explicit File(const char *name, int flags = O_RDONLY, int mode = 0666);
  File(File &&) noexcept;
  ~File();
  int fd() const;
  void close();
};

long writeFull(int fd, const void *buffer, unsigned long count);

} // namespace folly

#endif // MOCK_FOLLY_FILE
