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
  out << "begin\n";
  out << co_await next();
}

task<> bad_loop(int count) {
  std::ofstream out;
  out.open("state.txt", std::ios::trunc | std::ios::binary);
  for (int i = 0; i < count; ++i) {
    std::string line = co_await next();
    out.write(line.data(), line.size());
  }
}

task<> bad_both_ways() {
  std::fstream file("state.txt", std::ios::in | std::ios::out | std::ios::trunc);
  std::string line = co_await next();
  file << "state: " << line << '\n';
}

task<> bad_c_file() {
  FILE *file = fopen("state.txt", "w");
  co_await flushed();
  fprintf(file, "done\n");
  fclose(file);
}

struct file_closer {
  void operator()(FILE *f) const { fclose(f); }
};
task<> bad_owned_c_file() {
  std::unique_ptr<FILE, file_closer> file(std::fopen("state.txt", "wb"));
  co_await flushed();
  std::fputs("done\n", file.get());
}

task<> bad_descriptor() {
  int fd = ::open("state.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  co_await flushed();
  ::write(fd, "done\n", 5);
  ::close(fd);
}

class ledger {
  fs::path directory_;
  std::ofstream out_;

public:
  task<fs::path> bad_snapshot() {
    auto path = directory_ / "snapshot.txt";
    std::ofstream out(path, std::ios::trunc);
    out << co_await next();
    co_return path;
  }

  task<> bad_member() {
    out_.open("state.txt");
    std::string line = co_await next();
    out_ << line;
    out_.close();
  }
};

void print_to(std::ostream &to, const std::string &line);
task<> bad_through_a_function() {
  std::ofstream out("state.txt");
  std::string line = co_await next();
  print_to(out, line);
}

// Which file it is, the caller says.
task<> dump_state(const std::string &path) {
  std::ofstream out(path);
  co_await flushed();
  out << 1;
}
task<> bad_save_all(const std::string &path) {
  std::ofstream out(path);
  co_await flushed();
  out << 1;
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
