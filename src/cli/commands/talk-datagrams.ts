/**
 * `sensewire talk` over UDP: with one peer, with a group or network, or with whoever sends.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { formatUrl, type UdpAddress } from '../../socket/address.ts';
import type { DatagramSocket } from '../../socket/datagram-socket.ts';
import type { InetAddress } from '../../socket/names.ts';
import type { TalkEnd } from '../../talk/counters.ts';
import { exchangeOverDatagrams } from '../../talk/datagram-exchange.ts';
import { type DatagramPeer, MOST_DATAGRAM_BYTES, openPeer, openReceiver } from '../../talk/datagram-peer.ts';
import { talkOverDatagrams } from '../../talk/datagram-talk.ts';
import type { Reach } from '../../talk/interfaces.ts';
import { receiveDatagrams } from '../../talk/receive-datagrams.ts';
import { paint, printJson } from '../terminal.ts';
import { openInput } from './talk-input.ts';
import { EOL, isDialogue, neverConnected, type TalkSetting } from './talk-setting.ts';

/** Below the packets that every IPv6 link carries whole (RFC 8200 section 5: 1,280 bytes), headers included. */
const RAW_DATAGRAM_BYTES = 1_200;

const REACH_NOTE: Readonly<Record<Reach, string>> = {
  one: '',
  group: ' (a multicast group)',
  broadcast: ' (everybody on the network)',
};

export async function talkInDatagrams(address: UdpAddress, setting: TalkSetting): Promise<TalkEnd> {
  const { counters, flags, screen, text, timeoutUs } = setting;
  const peer = await openPeer(address, flags);
  try {
    if (setting.signal.aborted) throw neverConnected(peer.url, setting.signal);
    counters.hasBegun = true;
    setting.isGroup = peer.reach !== 'one';
    const local = localUrl(peer.socket);
    if (flags.json)
      printJson(setting.isGroup ? 'ready' : 'connected', {
        url: peer.url,
        ...(local !== undefined && { local }),
      });
    screen.log(
      `${paint('green', 'sending to')} ${peer.url}${REACH_NOTE[peer.reach]}${local === undefined ? '' : ` from ${local}`}`,
    );
    if (text === undefined) return await converse(peer, setting);
    return await exchangeOverDatagrams(peer, {
      ...setting,
      clock: systemClock,
      text,
      count: flags.count ?? 1,
      timeoutUs,
    });
  } finally {
    peer.socket.close();
  }
}

/** Each line of standard input as a datagram, or pieces of it. */
function converse(peer: DatagramPeer, setting: TalkSetting): Promise<TalkEnd> {
  const { flags, screen, interrupt } = setting;
  const isPerson = process.stdin.isTTY === true;
  const input = openInput(
    {
      eol: flags.eol === undefined ? undefined : EOL[flags.eol],
      isShared: isDialogue(setting),
      datagrams: {
        mostLineBytes: MOST_DATAGRAM_BYTES,
        pieceBytes: flags.raw ? (flags.size ?? RAW_DATAGRAM_BYTES) : undefined,
      },
    },
    screen,
    interrupt,
  );
  if (isPerson) screen.log(paint('dim', 'type lines, each a datagram; end or Ctrl-D ends'));
  return talkOverDatagrams(peer, {
    ...setting,
    clock: systemClock,
    input,
    // A person may start the server now, and go on.
    ...(isPerson && { onProblem: error => screen.log(`${paint('yellow', '!')} ${error.message}`) }),
  });
}

/** This end's address, where the socket has one already. */
function localUrl(socket: DatagramSocket): string | undefined {
  const [host, port] = socket.getsockname() as InetAddress;
  return port === 0 ? undefined : formatUrl('udp', host, port);
}

/** Whatever anybody sends to an address, or to a group. */
export async function receiveFromAnybody(address: UdpAddress, setting: TalkSetting): Promise<TalkEnd> {
  const { counters, flags, screen } = setting;
  const { socket, urls, reach } = await openReceiver(address, flags);
  try {
    counters.hasBegun = true;
    setting.onListening?.();
    if (flags.json) printJson('listening', { urls });
    for (const url of urls) screen.log(`${paint('green', 'listening')} ${url}${REACH_NOTE[reach]}`);
    return await receiveDatagrams(socket, flags.size ?? MOST_DATAGRAM_BYTES, {
      ...setting,
      count: flags.count,
    });
  } finally {
    socket.close();
  }
}
