/* Runs one program to its end, and prints what it took as a line of JSON: wall-clock and processor seconds, the most memory.
 *
 *     measure PROGRAM [ARGUMENTS...]
 *
 * Standard output of the program goes nowhere, so that no pipe and no disk is measured. A small C process is what starts it,
 * because Linux counts the memory of who called fork as the child's own until the child calls exec: getrusage(2). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int count, char **arguments) {
  struct timespec start, end;
  struct rusage usage;
  int status;
  if (count < 2) return 2;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t child = fork();
  if (child < 0) return perror("fork"), 1;
  if (child == 0) {
    /* A benchmark that is interrupted leaves nothing running. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execvp(arguments[1], arguments + 1);
    perror(arguments[1]);
    _exit(127);
  }
  if (wait4(child, &status, 0, &usage) < 0) return perror("wait4"), 1;
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("{\"event\":\"done\",\"status\":%d,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"peak_bytes\":%ld}\n",
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
         (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9,
         seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024L);
  return 0;
}
