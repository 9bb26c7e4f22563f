/*
 * The limit that the kernel sets: echo over TCP and UDP with epoll and nothing else, and the load for every echo server.
 *
 *   echo tcp-server            echo udp-server           print {"event":"listening","port":N}, run until killed
 *   echo tcp-client PORT CONNECTIONS SECONDS BYTES       each connection: send, wait for the echo, again
 *   echo udp-client PORT WINDOW SECONDS BYTES            WINDOW datagrams under way
 *   the clients print {"event":"done","echoes":N,"seconds":S,"lost":L}
 *
 * Build: cc -O2 -o echo echo.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_EVENTS 256
/* A datagram that has not come back after this is lost. */
#define LOST_AFTER_MS 200

static char buffer[65536];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

static int bound(int type) {
  int s = socket(AF_INET, type, 0);
  struct sockaddr_in a = loopback(0);
  socklen_t size = sizeof a;
  if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0) fail("bind");
  if (type == SOCK_STREAM && listen(s, 128) < 0) fail("listen");
  getsockname(s, (struct sockaddr *)&a, &size);
  printf("{\"event\":\"listening\",\"port\":%d}\n", ntohs(a.sin_port));
  fflush(stdout);
  return s;
}

static void watch(int poll, int fd) {
  struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e) < 0) fail("epoll_ctl");
}

static void tcp_server(void) {
  int listener = bound(SOCK_STREAM), poll = epoll_create1(0);
  struct epoll_event events[MOST_EVENTS];
  watch(poll, listener);
  for (;;) {
    int count = epoll_wait(poll, events, MOST_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        watch(poll, accept(listener, NULL, NULL));
        continue;
      }
      ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0 || send(fd, buffer, size, MSG_NOSIGNAL) != size) close(fd);
    }
  }
}

static void udp_server(void) {
  int s = bound(SOCK_DGRAM);
  for (;;) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t size = recvfrom(s, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
    if (size >= 0) sendto(s, buffer, size, 0, (struct sockaddr *)&from, length);
  }
}

static void done(long echoes, double seconds, long lost) {
  printf("{\"event\":\"done\",\"echoes\":%ld,\"seconds\":%.6f,\"lost\":%ld}\n", echoes, seconds, lost);
}

static void tcp_client(int port, int connections, double seconds, int bytes) {
  struct sockaddr_in a = loopback(port);
  struct epoll_event events[MOST_EVENTS];
  int poll = epoll_create1(0);
  long echoes = 0;
  int *missing = calloc(connections + 64, sizeof *missing);
  for (int i = 0; i < connections; i++) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&a, sizeof a) < 0) fail("connect");
    if (s >= connections + 64) exit(1);
    watch(poll, s);
    missing[s] = bytes;
    send(s, buffer, bytes, 0);
  }
  double start = now(), end = start + seconds;
  while (now() < end) {
    int count = epoll_wait(poll, events, MOST_EVENTS, 1000);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) fail("recv");
      missing[fd] -= size;
      if (missing[fd] > 0) continue;
      echoes++;
      missing[fd] = bytes;
      send(fd, buffer, bytes, 0);
    }
  }
  done(echoes, now() - start, 0);
}

static void udp_client(int port, int window, double seconds, int bytes) {
  struct sockaddr_in a = loopback(port);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {.tv_usec = LOST_AFTER_MS * 1000};
  long echoes = 0, lost = 0;
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(s, (struct sockaddr *)&a, sizeof a) < 0) fail("connect");
  for (int i = 0; i < window; i++) send(s, buffer, bytes, 0);
  double start = now(), end = start + seconds;
  while (now() < end) {
    if (recv(s, buffer, sizeof buffer, 0) >= 0) echoes++;
    else lost++;
    send(s, buffer, bytes, 0);
  }
  done(echoes, now() - start, lost);
}

int main(int argc, char **argv) {
  const char *role = argc > 1 ? argv[1] : "";
  memset(buffer, 'x', sizeof buffer);
  if (strcmp(role, "tcp-server") == 0) tcp_server();
  else if (strcmp(role, "udp-server") == 0) udp_server();
  else if (argc == 6 && strcmp(role, "tcp-client") == 0) tcp_client(atoi(argv[2]), atoi(argv[3]), atof(argv[4]), atoi(argv[5]));
  else if (argc == 6 && strcmp(role, "udp-client") == 0) udp_client(atoi(argv[2]), atoi(argv[3]), atof(argv[4]), atoi(argv[5]));
  else return 2;
  return 0;
}
