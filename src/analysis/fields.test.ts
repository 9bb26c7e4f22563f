import { describe, expect, it } from 'vitest';
import { PacketRecord } from '../pcap/packet-record.ts';
import {
  bytesOf,
  ethernetFrame,
  ipv4Packet,
  ipv6Packet,
  tcpSegment,
  udpDatagram,
} from '../testing/frames.ts';
import { FIELD_NAMES } from './fields.ts';
import { FieldsPrinter } from './fields-printer.ts';
import { Pipeline } from './pipeline.ts';

/** The rows of frames of a LINKTYPE, a millisecond apart. */
function rowsOf(names: string, frames: readonly Uint8Array[], linkType = 1): string[] {
  const pieces: string[] = [];
  const printer = new FieldsPrinter(names.split(','), text =>
    pieces.push(Buffer.from(text).toString('latin1')),
  );
  const pipeline = new Pipeline(printer, { wireshark: '4.0' });
  frames.forEach((bytes, index) => {
    const record = new PacketRecord();
    Object.assign(record, { bytes, capturedLength: bytes.length, length: bytes.length, linkType });
    record.seconds = 1_700_000_000;
    record.nanoseconds = index * 1_000_000;
    pipeline.onPacket(record);
  });
  printer.flush();
  return pieces.join('').split('\n').slice(1, -1);
}

const DATA = bytesOf('01 02 03 04 05');

describe('fields', () => {
  it('are printed as a table with a head, in the order that was asked for', () => {
    const pieces: string[] = [];
    const printer = new FieldsPrinter(['tcp.len', 'frame.number'], text =>
      pieces.push(Buffer.from(text).toString()),
    );
    printer.flush();
    expect(pieces).toEqual(['tcp.len\tframe.number\n']);
    const frame = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA)));
    expect(rowsOf('tcp.len,frame.number', [frame, frame])).toEqual(['5\t1', '5\t2']);
  });

  it('have a comma between the values of headers within each other, outermost first', () => {
    const inner = bytesOf('45000020 00000000 40110000 c0000201 c0000202', udpDatagram(bytesOf('00000000')));
    const frame = ethernetFrame(0x0800, ipv4Packet(4, inner));
    expect(rowsOf('ip.src,ip.dst,ip.proto,ip.len,udp.length,udp.stream', [frame])).toEqual([
      '10.0.0.1,192.0.2.1\t10.0.0.2,192.0.2.2\t4,17\t52,32\t12\t0',
    ]);
  });

  it('name the layers as tshark does', () => {
    const frame = ethernetFrame(0x8100, bytesOf('0005 86dd', ipv6Packet(17, udpDatagram(DATA))));
    expect(rowsOf('frame.protocols,ipv6.src,ipv6.plen,ipv6.nxt', [frame])).toEqual([
      'eth:ethertype:vlan:ethertype:ipv6:udp:data\t2001:db8::1\t13\t17',
    ]);
    expect(rowsOf('frame.protocols', [DATA], 147)).toEqual(['']);
    expect(rowsOf('frame.protocols', [DATA], 300)).toEqual(['data']);
  });

  it('leave out the data of a segment that was there before', () => {
    const frame = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA)));
    const rows = rowsOf('frame.protocols,tcp.analysis.retransmission', [frame, frame]);
    expect(rows).toEqual(['eth:ethertype:ip:tcp:data\t', 'eth:ethertype:ip:tcp\t1']);
  });

  it('show each TCP option, and Multipath TCP as data', () => {
    const options = bytesOf('020405b4 020405a0 0402 0402 1e03 00 03 03 07 01 01');
    const frame = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA, { options, flags: 2 })));
    const names = 'tcp.options.mss_val,tcp.options.sack_perm,tcp.options.wscale.shift,frame.protocols';
    expect(rowsOf(names, [frame])).toEqual(['1460,1440\t0402,0402\t7\teth:ethertype:ip:tcp:data:data']);
  });

  it('are nothing where a frame has them not, or not any more', () => {
    const frame = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA)));
    expect(
      rowsOf(
        'ip.src,ip.dst,tcp.srcport,tcp.flags',
        [14, 30, 34, 38, 50, 54].map(end => frame.subarray(0, end)),
      ),
    ).toEqual([
      '\t\t\t',
      '10.0.0.1\t\t\t',
      '10.0.0.1\t10.0.0.2\t\t',
      '10.0.0.1\t10.0.0.2\t1000\t',
      '10.0.0.1\t10.0.0.2\t1000\t0x0018',
      '10.0.0.1\t10.0.0.2\t1000\t0x0018',
    ]);
  });

  it('can be asked for all together, and as often as one likes', () => {
    const frame = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(DATA)));
    expect(FIELD_NAMES).toHaveLength(58);
    const many = new Array(100).fill(FIELD_NAMES.join(',')).join(',');
    const [row = ''] = rowsOf(many, new Array(20).fill(frame));
    expect(row.split('\t')).toHaveLength(5_800);
  });

  it('that are not known are told with those that are like them', () => {
    const make = (name: string): FieldsPrinter => new FieldsPrinter([name], () => undefined);
    expect(() => make('ip.scr')).toThrow(
      expect.objectContaining({
        code: 'SW_USAGE',
        message: expect.stringContaining('is it ip.src, ip.dst or'),
      }),
    );
    expect(() => make('constructor')).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
  });
});
