/** One frame, and which conversations it belongs to. A single object is written again for every frame. */
import { TcpVerdict } from '../flows/tcp-verdict.ts';
import { Packet } from '../wire/packet.ts';

export class AnalysedFrame {
  readonly packet: Packet = new Packet();
  /** Of the TCP header; valid where `hasTcp`. */
  verdict: TcpVerdict = new TcpVerdict();
  hasTcp = false;
  /** Conversation times 2 plus side, as `Conversations` gives it; valid where `hasUdp`. */
  udpPlace = 0;
  hasUdp = false;
  /** Places of the datagrams around, for each of `packet.outerUdps` that counts. */
  readonly outerUdpPlaces: number[] = [];
}
