// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/cancellation.hpp>
#include <cstdio>

int main() {
  const codrop::cancellation_source source;
  const codrop::cancellation_callback told(source.token(),
                                           [] { std::puts("cancelled"); });
  source.request();
}
