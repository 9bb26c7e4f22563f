/**
 * Captures within a network namespace of their own, for `capture.test.ts`: `unshare -n` runs this, and it prints JSON.
 *
 * Arguments: `vlan FILE` sends tagged frames over a pair of interfaces; `down FILE` takes the interface away; `listen FILE`
 * records what a socket hears at an address of an interface.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Capture } from '../src/capture/capture-types.ts';
import { OwnTraffic } from '../src/capture/own-traffic.ts';
import { startCapture } from '../src/capture/start-capture.ts';

const [scenario, file] = process.argv.slice(2) as ['vlan' | 'down' | 'listen', string];
const ip = (...args: string[]): void => void execFileSync('ip', args);

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
for (const name of ['near', 'far']) {
  // Nothing else is to speak here.
  execFileSync('sh', ['-c', `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`]);
  ip('link', 'set', name, 'up');
}

const SEND_TAGGED = `
import socket
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('far', 0))
def frame(tag, port):
    udp = bytes([0, 7, 0, port, 0, 9, 0, 0, 33])
    ip = bytes([69, 0, 0, 29, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2])
    return b'\\xff' * 6 + bytes([2, 0, 0, 0, 0, 9]) + tag + b'\\x08\\x00' + ip + udp
for tag in (b'', b'\\x81\\x00\\x60\\x05', b'\\x81\\x00\\x00\\x06', b'\\x88\\xa8\\x00\\x05\\x81\\x00\\x00\\x07'):
    for port in (1, 2):
        out.send(frame(tag, port))
`;

const SEND_WORD = `
import socket, sys
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('far', 0))
udp = bytes([0, 9, 0x13, 0x88, 0, 12, 0, 0]) + b'away'
head = bytes([69, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
total = sum(head[at] * 256 + head[at + 1] for at in range(0, 20, 2))
total = (total & 0xffff) + (total >> 16)
ip = head[:10] + (0xffff - total).to_bytes(2, 'big') + head[12:]
out.send(bytes.fromhex(sys.argv[1]) + bytes([2, 0, 0, 0, 0, 9]) + b'\\x08\\x00' + ip + udp)
`;

async function vlan(): Promise<unknown> {
  const capture = startCapture({ interface: 'near', filter: 'vlan 5 and (udp dst port 2 or vlan 7)', file });
  await capture.ready;
  execFileSync('python3', ['-c', SEND_TAGGED]);
  return capture.stop();
}

async function down(): Promise<unknown> {
  const capture = startCapture({ interface: 'near', file });
  await capture.ready;
  ip('link', 'del', 'near');
  return failureOf(capture);
}

/** Says a word to 10.0.0.1 from the far end, as a frame, and from this machine. */
async function listen(): Promise<unknown> {
  ip('address', 'add', '10.0.0.1/24', 'dev', 'near');
  const address = { transport: 'udp', host: '10.0.0.1', port: 5_000 } as const;
  const traffic = await OwnTraffic.start({
    file,
    addresses: [address],
    isListening: true,
    application: 'test',
  });
  const socket = createSocket('udp4');
  await new Promise<void>(done => socket.bind(address.port, address.host, done));
  traffic.settle();
  const mac = networkInterfaces()['near']?.[0]?.mac.replaceAll(':', '') ?? '';
  execFileSync('python3', ['-c', SEND_WORD, mac]);
  await new Promise(done => socket.send('here', address.port, address.host, done));
  await new Promise(done => socket.once('message', done));
  socket.close();
  return traffic.stop();
}

async function failureOf(capture: Capture): Promise<unknown> {
  try {
    return await capture.ended;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

const SCENARIOS = { vlan, down, listen };
process.stdout.write(JSON.stringify(await SCENARIOS[scenario]()));
