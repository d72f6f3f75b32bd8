// The session's wire: JSON in text messages, and packets of a 24-byte header and a payload (docs/serve.md).
export const CLOCK = 48000; // ticks a second
export const KIND = {video: 1, sound: 2, piece: 3, speech: 0x10};
export const FLAG = {key: 1, idle: 2, first: 4, last: 8};
const HEADER = 24;

export function readPacket(buffer) {
  const view = new DataView(buffer);
  return {
    kind: view.getUint8(0),
    flags: view.getUint8(1),
    epoch: view.getUint32(4, true),
    seq: view.getUint32(8, true),
    pts: Number(view.getBigInt64(16, true)),
    payload: new Uint8Array(buffer, HEADER, view.getUint32(12, true)),
  };
}

export function speechPacket(samples, seq) {
  const packet = new Uint8Array(HEADER + samples.byteLength);
  const view = new DataView(packet.buffer);
  view.setUint8(0, KIND.speech);
  view.setUint32(8, seq, true);
  view.setUint32(12, samples.byteLength, true);
  packet.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), HEADER);
  return packet;
}
