/* Sends numbered datagrams to a socket of its own on loopback, at a steady rate, and prints what it did as a line of JSON.
 *
 *     sender PACKETS PACKETS-A-SECOND BYTES PORT
 *
 * The socket at the other end is never read: it is there so that nothing answers with an ICMP error. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_BYTES = 1472, PAUSE_NS = 200000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  const long packets = atol(arguments[1]);
  const double rate = atof(arguments[2]);
  const size_t bytes = strtoul(arguments[3], NULL, 10);
  if (bytes < sizeof(long) || bytes > MOST_BYTES || rate <= 0) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[4]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(receiver, (struct sockaddr *)&address, sizeof address) != 0) return perror("bind"), 1;
  if (connect(sender, (struct sockaddr *)&address, sizeof address) != 0) return perror("connect"), 1;

  char datagram[MOST_BYTES] = {0};
  long sent = 0;
  const double start = now();
  while (sent < packets) {
    long due = (now() - start) * rate;
    if (due > packets) due = packets;
    for (; sent < due; sent++) {
      memcpy(datagram, &sent, sizeof sent);
      if (send(sender, datagram, bytes, 0) != (ssize_t)bytes) return perror("send"), 1;
    }
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
  }
  printf("{\"event\":\"sent\",\"packets\":%ld,\"seconds\":%.6f}\n", sent, now() - start);
  return 0;
}
