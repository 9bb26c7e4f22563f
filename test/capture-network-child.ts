/**
 * Captures within a network namespace of their own, for `capture.test.ts`: `unshare -n` runs this, and it prints JSON.
 *
 * Arguments: `vlan FILE` sends tagged frames over a pair of interfaces; `down FILE` takes the interface away.
 */
import { execFileSync } from 'node:child_process';
import type { Capture } from '../src/capture/capture-types.ts';
import { startCapture } from '../src/capture/start-capture.ts';

const [scenario, file] = process.argv.slice(2) as [string, string];
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

async function failureOf(capture: Capture): Promise<unknown> {
  try {
    return await capture.ended;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

process.stdout.write(JSON.stringify(await (scenario === 'vlan' ? vlan() : down())));
