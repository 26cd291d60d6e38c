// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What measured.cpp calls, where its optimizer does not see it.

#include "measured.h"
#include <cstdlib>

void *allocate(std::size_t n) { return std::malloc(n); }
void release(void *p) { std::free(p); }

bool read_operation::await_ready() { return false; }
void read_operation::await_suspend(std::coroutine_handle<>) {}
std::size_t read_operation::await_resume() { return 0; }
message message_operation::await_resume() { return {}; }

message::message() : head(), body() {}
message::message(const message &) : head(), body() {}
message::~message() {}

read_operation connection::read(void *, std::size_t) { return {}; }
read_operation connection::write(const void *, std::size_t) { return {}; }
read_operation connection::send(message) { return {}; }
read_operation connection::send_packet(const packet &) { return {}; }
message_operation connection::receive() { return {}; }

read_operation idle() { return {}; }
message make_message() { return {}; }
packet make_packet() { return {}; }
void log(std::string) {}
void use(const void *) {}
void use(message) {}
int number() { return 1; }
std::vector<int> numbers() { return {}; }
