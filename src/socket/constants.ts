/**
 * The names of the Berkeley interface with their Linux values (socket(2), socket(7), ip(7), ipv6(7), tcp(7)).
 */

/** IPv4 (ip(7)). */
export const AF_INET = 2;
/** IPv6 (ipv6(7)), which takes IPv4 peers too unless IPV6_V6ONLY is set. */
export const AF_INET6 = 10;
/** Sockets at a path of this machine (unix(7)). */
export const AF_UNIX = 1;
/** For `getaddrinfo`: whatever family there is. */
export const AF_UNSPEC = 0;

/** Bytes in order: TCP and Unix streams. */
export const SOCK_STREAM = 1;
/** Datagrams: UDP. */
export const SOCK_DGRAM = 2;
/** Not possible with Node.js. */
export const SOCK_RAW = 3;
/** Not possible with Node.js. */
export const SOCK_RDM = 4;
/** Not possible with Node.js. */
export const SOCK_SEQPACKET = 5;

/** The half that receives (shutdown(2)). */
export const SHUT_RD = 0;
/** The half that sends. */
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

/** Levels of options. */
export const SOL_SOCKET = 1;
export const IPPROTO_IP = 0;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;

/** Options at SOL_SOCKET (socket(7)). */
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_ACCEPTCONN = 30;
export const SO_DOMAIN = 39;

/** Options at IPPROTO_TCP (tcp(7)). */
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;

/** Options at IPPROTO_IP (ip(7)). */
export const IP_TTL = 2;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;

/** Options at IPPROTO_IPV6 (ipv6(7)). */
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_LEAVE_GROUP = 21;
export const IPV6_V6ONLY = 26;

/** Connections that may wait to be accepted: the kernel's own limit (net.core.somaxconn). */
export const SOMAXCONN = 4_096;

export type AddressFamily = typeof AF_INET | typeof AF_INET6 | typeof AF_UNIX;
export type SocketType = typeof SOCK_STREAM | typeof SOCK_DGRAM;
export type ShutdownHow = typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR;

/** How people call a family. */
export const FAMILY_NAME: Readonly<Record<AddressFamily, string>> = {
  [AF_INET]: 'AF_INET',
  [AF_INET6]: 'AF_INET6',
  [AF_UNIX]: 'AF_UNIX',
};
