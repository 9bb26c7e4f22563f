export { CaptureDecoder, type CaptureDecoderOptions } from './capture-decoder.ts';
export type { Damage, DamageReason } from './damage.ts';
export { LINK_TYPE, linkTypeName, MOST_PACKET_BYTES } from './link-types.ts';
export { NOT_A_PACKET, NOT_SAID, PacketRecord } from './packet-record.ts';
export { PcapEncoder, type PcapOptions } from './pcap-encoder.ts';
export { TLS_KEY_LOG } from './pcapng-blocks.ts';
export {
  type InterfaceOptions,
  type PacketOptions,
  PcapngEncoder,
  type SectionOptions,
  type StatisticsOptions,
} from './pcapng-encoder.ts';
export type {
  CaptureTime,
  DecryptionSecrets,
  InterfaceDescription,
  InterfaceStatistics,
  RecordSink,
  ResolvedName,
  SectionDescription,
} from './record-sink.ts';
