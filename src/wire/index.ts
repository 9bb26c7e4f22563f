export { Dissector } from './dissector.ts';
export { LAYER, type LayerKind } from './layers.ts';
export { MOST_LAYERS, OuterDatagram, Packet, TRANSPORT } from './packet.ts';
export { MOST_SACK_BLOCKS, TCP_FLAG, TcpHeader } from './tcp-header.ts';
export { UdpHeader } from './udp-header.ts';
