// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals are turned into bytes in a pipe, so that one poll() waits for the
// end of a child, for Ctrl-C and for the clock alike.

#include "tool/Child.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace codrop::tool {

pid_t startChild(const std::vector<std::string> &Args,
                 const std::string &ErrorFile, std::string &Problem) {
  std::vector<char *> Argv;
  for (const std::string &A : Args)
    Argv.push_back(const_cast<char *>(A.c_str()));
  Argv.push_back(nullptr);

  posix_spawn_file_actions_t Files;
  posix_spawn_file_actions_init(&Files);
  posix_spawn_file_actions_addopen(&Files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&Files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&Files, 2, ErrorFile.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t Attributes;
  posix_spawnattr_init(&Attributes);
  sigset_t Default, Unblocked;
  sigemptyset(&Default);
  sigaddset(&Default, SIGPIPE);
  sigemptyset(&Unblocked);
  posix_spawnattr_setsigdefault(&Attributes, &Default);
  posix_spawnattr_setsigmask(&Attributes, &Unblocked);
  // Ctrl-C on the terminal goes to codrop alone, which then ends its workers.
  posix_spawnattr_setpgroup(&Attributes, 0);
  posix_spawnattr_setflags(&Attributes, POSIX_SPAWN_SETPGROUP |
                                            POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSIGMASK);
  pid_t Pid = -1;
  int Code =
      posix_spawn(&Pid, Argv[0], &Files, &Attributes, Argv.data(), environ);
  posix_spawn_file_actions_destroy(&Files);
  posix_spawnattr_destroy(&Attributes);
  if (Code == 0)
    return Pid;
  Problem = std::strerror(Code);
  return -1;
}

void killChild(pid_t Pid) {
  // The group may not exist yet, if the child has not come that far.
  if (kill(-Pid, SIGKILL) != 0)
    kill(Pid, SIGKILL);
}

static int Pipe[2] = {-1, -1};
static std::atomic<bool> Interrupted{false};
static struct sigaction OldChild, OldInterrupt, OldTerminate, OldHangUp;

static void note(int Signal) {
  int Saved = errno;
  if (Signal != SIGCHLD)
    Interrupted = true;
  char Byte = 0;
  // A full pipe wakes poll() as well as one more byte would.
  (void)!write(Pipe[1], &Byte, 1);
  errno = Saved;
}

SignalWatch::SignalWatch() {
  if (pipe(Pipe) == 0)
    for (int End : Pipe) {
      fcntl(End, F_SETFL, O_NONBLOCK);
      fcntl(End, F_SETFD, FD_CLOEXEC);
    }
  struct sigaction Action = {};
  Action.sa_handler = note;
  sigemptyset(&Action.sa_mask);
  sigaction(SIGCHLD, &Action, &OldChild);
  sigaction(SIGINT, &Action, &OldInterrupt);
  sigaction(SIGTERM, &Action, &OldTerminate);
  sigaction(SIGHUP, &Action, &OldHangUp);
}

SignalWatch::~SignalWatch() {
  sigaction(SIGCHLD, &OldChild, nullptr);
  sigaction(SIGINT, &OldInterrupt, nullptr);
  sigaction(SIGTERM, &OldTerminate, nullptr);
  sigaction(SIGHUP, &OldHangUp, nullptr);
  close(Pipe[0]);
  close(Pipe[1]);
}

bool SignalWatch::isInterrupted() const { return Interrupted; }

std::optional<EndedChild> SignalWatch::wait(int Milliseconds) {
  auto Reap = [](EndedChild &Ended) {
    Ended.Pid = waitpid(-1, &Ended.Status, WNOHANG);
    return Ended.Pid > 0;
  };
  EndedChild Ended;
  if (Reap(Ended))
    return Ended;
  pollfd Descriptor = {Pipe[0], POLLIN, 0};
  poll(&Descriptor, 1, Milliseconds);
  char Bytes[64];
  while (read(Pipe[0], Bytes, sizeof(Bytes)) > 0)
    ;
  if (Reap(Ended))
    return Ended;
  return std::nullopt;
}

} // namespace codrop::tool
