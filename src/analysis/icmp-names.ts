/** What ICMP's types and codes are called (RFC 792, RFC 4443, RFC 4861; IANA's lists of both), in the words of this project. */

type Names = Readonly<Record<number, string>>;

interface IcmpNames {
  readonly protocol: 'ICMP' | 'ICMPv6';
  readonly types: Names;
  /** The type whose code says why, and what it says. */
  readonly unreachable: number;
  readonly reasons: Names;
}

export const ICMP: IcmpNames = {
  protocol: 'ICMP',
  types: {
    0: 'echo reply',
    3: 'destination unreachable',
    4: 'source quench',
    5: 'redirect',
    8: 'echo request',
    11: 'time exceeded',
    12: 'parameter problem',
  },
  unreachable: 3,
  reasons: {
    0: 'network',
    1: 'host',
    2: 'protocol',
    3: 'port: nobody listens there',
    4: 'too large, and may not be fragmented',
    13: 'forbidden',
  },
};

export const ICMPV6: IcmpNames = {
  protocol: 'ICMPv6',
  types: {
    1: 'destination unreachable',
    2: 'packet too big',
    3: 'time exceeded',
    4: 'parameter problem',
    128: 'echo request',
    129: 'echo reply',
    130: 'multicast listener query',
    131: 'multicast listener report',
    133: 'router solicitation',
    134: 'router advertisement',
    135: 'neighbour solicitation',
    136: 'neighbour advertisement',
    143: 'multicast listener report',
  },
  unreachable: 1,
  reasons: { 0: 'no route', 1: 'forbidden', 3: 'address', 4: 'port: nobody listens there' },
};

/** As `destination unreachable (forbidden)`. @param type and `code`: undefined where they were not captured */
export function icmpText(
  { types, unreachable, reasons }: IcmpNames,
  type: number | undefined,
  code: number | undefined,
): string {
  if (type === undefined) return '';
  const name = types[type] ?? `type ${type}`;
  const reason = type === unreachable && code !== undefined ? reasons[code] : undefined;
  return reason === undefined ? name : `${name} (${reason})`;
}
