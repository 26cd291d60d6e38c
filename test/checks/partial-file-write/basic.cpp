// RUN: %check partial-file-write %s

#include "own/task.h"
#include <cstdio>
#include <filesystem>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

using own::task;
namespace fs = std::filesystem;

task<std::string> next();
task<> flushed();

// --- Emptied and written ------------------------------------------------------

task<> bad_stream() {
  std::ofstream out("state.txt");
  // expected-warning@-1 {{the file of 'out' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  out << "begin\n";
  out << co_await next();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  // expected-note@-2 {{written here}}
}

task<> bad_loop(int count) {
  std::ofstream out;
  out.open("state.txt", std::ios::trunc | std::ios::binary);
  // expected-warning@-1 {{the file of 'out' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  for (int i = 0; i < count; ++i) {
    std::string line = co_await next();
    // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
    out.write(line.data(), line.size()); // expected-note {{written here}}
  }
}

task<> bad_both_ways() {
  std::fstream file("state.txt", std::ios::in | std::ios::out | std::ios::trunc);
  // expected-warning@-1 {{the file of 'file' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  std::string line = co_await next();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  file << "state: " << line << '\n'; // expected-note {{written here}}
}

task<> bad_c_file() {
  FILE *file = fopen("state.txt", "w");
  // expected-warning@-1 {{the file of 'file' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  co_await flushed();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  fprintf(file, "done\n"); // expected-note {{written here}}
  fclose(file);
}

struct file_closer {
  void operator()(FILE *f) const { fclose(f); }
};
task<> bad_owned_c_file() {
  std::unique_ptr<FILE, file_closer> file(std::fopen("state.txt", "wb"));
  // expected-warning@-1 {{the file of 'file' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  co_await flushed();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  std::fputs("done\n", file.get()); // expected-note {{written here}}
}

task<> bad_descriptor() {
  int fd = ::open("state.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  // expected-warning@-1 {{the file of 'fd' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  co_await flushed();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  ::write(fd, "done\n", 5); // expected-note {{written here}}
  ::close(fd);
}

class ledger {
  fs::path directory_;
  std::ofstream out_;

public:
  task<fs::path> bad_snapshot() {
    auto path = directory_ / "snapshot.txt";
    std::ofstream out(path, std::ios::trunc);
    // expected-warning@-1 {{the file of 'out' is emptied in place and written across suspensions}}
    // expected-note@-2 {{the old content is gone from here on}}
    // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
    out << co_await next();
    // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
    // expected-note@-2 {{written here}}
    co_return path;
  }

  task<> bad_member() {
    out_.open("state.txt");
    // expected-warning@-1 {{the file of 'out_' is emptied in place and written across suspensions}}
    // expected-note@-2 {{the old content is gone from here on}}
    // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
    std::string line = co_await next();
    // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
    out_ << line; // expected-note {{written here}}
    out_.close();
  }
};

void print_to(std::ostream &to, const std::string &line);
task<> bad_through_a_function() {
  std::ofstream out("state.txt");
  // expected-warning@-1 {{the file of 'out' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  std::string line = co_await next();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  print_to(out, line); // expected-note {{written here}}
}

// Which file it is, the caller says.
task<> dump_state(const std::string &path) {
  std::ofstream out(path);
  co_await flushed();
  out << 1;
}
task<> bad_save_all(const std::string &path) {
  std::ofstream out(path);
  // expected-warning@-1 {{the file of 'out' is emptied in place and written across suspensions}}
  // expected-note@-2 {{the old content is gone from here on}}
  // expected-note@-3 {{write to a temporary file beside it and rename that when it is whole, as codrop::atomic_file_writer does}}
  co_await flushed();
  // expected-note@-1 {{suspends here; who reads it meanwhile, or after the coroutine has ended here, finds a part of it}}
  out << 1; // expected-note {{written here}}
}
task<> save() { co_await bad_save_all("state.txt"); }

// --- Not in place ---------------------------------------------------------------

task<> ok_renamed() {
  {
    std::ofstream out("state.txt~");
    out << co_await next();
  }
  fs::rename("state.txt~", "state.txt");
}

task<> ok_temporary_name() {
  std::ofstream out("state.txt.tmp");
  out << co_await next();
}

task<> ok_a_name_made_before() {
  std::string name = "state";
  name += ".part";
  std::ofstream out(name);
  out << co_await next();
}

task<> ok_an_extension_put_on(fs::path name) {
  name.replace_extension(".tmp");
  std::ofstream out(name / "state.txt");
  out << co_await next();
}

task<> ok_appended() {
  std::ofstream out("state.txt", std::ios::app);
  out << co_await next();
}

task<> ok_update() {
  std::fstream file("state.txt");
  file << co_await next();
}

task<> ok_a_new_file() {
  int fd = ::open("state.txt", O_WRONLY | O_CREAT | O_EXCL, 0644);
  co_await flushed();
  ::write(fd, "done\n", 5);
}

task<> ok_log() {
  std::ofstream out("server.log");
  out << co_await next();
}

task<> ok_device() {
  FILE *file = fopen("/dev/ttyS0", "w");
  co_await flushed();
  fprintf(file, "done\n");
}

task<> ok_removed_when_it_fails() {
  bool done = false;
  try {
    std::ofstream out("state.txt");
    out << co_await next();
    done = true;
  } catch (...) {
  }
  if (!done)
    fs::remove("state.txt");
}

task<> write_to(const std::string &path) {
  std::ofstream out(path);
  co_await flushed();
  out << 1;
}
task<> ok_the_caller_renames() {
  co_await write_to("state.txt~");
  fs::rename("state.txt~", "state.txt");
}

// --- Not across a suspension ------------------------------------------------------

task<> ok_all_at_once() {
  std::string line = co_await next();
  std::ofstream out("state.txt");
  out << line;
}

task<> ok_closed_before() {
  std::ofstream out("state.txt");
  out << "done";
  out.close();
  co_await flushed();
}

task<> ok_written_before() {
  std::ofstream out("state.txt");
  out << "done";
  co_await flushed();
}

task<> ok_in_each_round(std::vector<std::string> lines) {
  for (const std::string &line : lines) {
    std::ofstream out("state.txt");
    out << line;
    out.close();
    co_await flushed();
  }
}

task<> ok_read() {
  std::ifstream in("state.txt");
  std::string line;
  co_await flushed();
  in >> line;
}

void ok_no_coroutine() {
  std::ofstream out("state.txt");
  out << 1;
}
