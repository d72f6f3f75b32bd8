// Shows pictures and plays sound of a session by one clock, which is the sound's. Positions are ticks of 48 kHz.
import {CLOCK, FLAG, KIND} from './protocol.js';

const TARGET = 0.09 * CLOCK; // what is held before it is shown: what the net's jitter may take
const MOST_OFF = 0.06 * CLOCK; // the clocks may differ so much in silence before they are set anew
const STEP = 128 / CLOCK;

/// WebCodecs for pictures, an audio worklet for sound. `onstate(speaking)` follows what is heard.
export class Player {
  static async isPossible(codec) {
    if (!('VideoDecoder' in window) || !('AudioWorkletNode' in window)) return false;
    try {
      return (await VideoDecoder.isConfigSupported({codec, optimizeForLatency: true})).supported;
    } catch {
      return false;
    }
  }

  constructor(canvas, context) {
    this.canvas = canvas;
    this.paint = canvas.getContext('2d', {alpha: false, desynchronized: true});
    this.context = context;
    this.frames = []; // decoded, by pts
    this.coming = new Map(); // microseconds -> {pts, epoch}
    this.newest = null; // end of what has come
    this.shown = this.dropped = 0;
    this.skews = [];
    this.due = []; // what is to be told when it is shown
    this.voice = new AudioWorkletNode(context, 'voice', {numberOfInputs: 0, outputChannelCount: [1]});
    this.voice.connect(context.destination);
    this.voice.port.onmessage = ({data}) => { this.sound = data; };
    this.alive = true;
    const tick = () => {
      if (!this.alive) return;
      this.show();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  get name() { return 'WebCodecs'; }

  /// Anew after every connection: the first packet is a key frame.
  begin({video, epoch}) {
    this.canvas.width = video.w;
    this.canvas.height = video.h;
    this.drop();
    this.epoch = epoch;
    this.waitsForKey = true;
    this.decoder?.close();
    this.decoder = new VideoDecoder({
      output: (frame) => this.take(frame),
      error: (error) => { this.waitsForKey = true; this.onerror?.(`the picture cannot be decoded: ${error.message}`); },
    });
    this.codec = video.codec;
    this.decoder.configure({codec: video.codec, optimizeForLatency: true});
  }

  drop() {
    for (const {frame} of this.frames) frame.close();
    this.frames = [];
    this.coming.clear();
    this.newest = null;
  }

  packet(packet) {
    if (packet.epoch < this.epoch) return;
    if (packet.kind === KIND.sound) {
      const {buffer, byteOffset, byteLength} = packet.payload;
      const samples = new Int16Array(buffer.slice(byteOffset, byteOffset + byteLength));
      this.voice.port.postMessage({type: 'piece', pts: packet.pts, epoch: packet.epoch, samples}, [samples.buffer]);
    } else if (packet.kind === KIND.video) {
      this.decode(packet);
    }
  }

  decode(packet) {
    const isKey = (packet.flags & FLAG.key) !== 0;
    if (this.decoder.state === 'closed') this.begin({video: {codec: this.codec, w: this.canvas.width, h: this.canvas.height}, epoch: this.epoch});
    if (this.waitsForKey && !isKey) return;
    this.waitsForKey = false;
    const timestamp = Math.round(packet.pts * 1e6 / CLOCK);
    this.coming.set(timestamp, {pts: packet.pts, epoch: packet.epoch, arrived: performance.now()});
    this.decoder.decode(new EncodedVideoChunk({type: isKey ? 'key' : 'delta', timestamp, data: packet.payload}));
    this.newest = packet.pts + 1920;
    this.settle((packet.flags & FLAG.idle) !== 0);
  }

  take(frame) {
    const of = this.coming.get(frame.timestamp);
    this.coming.delete(frame.timestamp);
    if (!of || of.epoch < this.epoch && of.pts >= this.voidFrom) return frame.close();
    this.frames.push({frame, ...of});
  }

  /// Sets the sound's clock where it is not yet, and in silence where it has run away.
  settle(isIdle) {
    const wanted = this.newest - TARGET;
    const now = this.position();
    if (now === null || isIdle && !this.sound?.waiting && Math.abs(now - wanted) > MOST_OFF || Math.abs(now - wanted) > CLOCK) {
      this.voice.port.postMessage({type: 'anchor', pts: Math.round(wanted)});
      this.sound = {position: wanted, time: this.context.currentTime, waiting: 0};
    }
  }

  /// What is heard now; null before there is anything.
  position() {
    if (!this.sound) return null;
    const {outputLatency = 0, baseLatency = 0, currentTime} = this.context;
    return this.sound.position + (currentTime - this.sound.time - (outputLatency || baseLatency || 0) - STEP) * CLOCK;
  }

  show() {
    const now = this.position();
    if (now === null) return;
    let next = null;
    while (this.frames.length > 0 && this.frames[0].pts <= now) {
      if (next) {
        next.frame.close();
        ++this.dropped;
      }
      next = this.frames.shift();
    }
    if (next) {
      this.paint.drawImage(next.frame, 0, 0, this.canvas.width, this.canvas.height);
      next.frame.close();
      ++this.shown;
      this.last = next.pts;
      this.skews.push((now - next.pts) / CLOCK * 1000);
      if (this.skews.length > 250) this.skews.shift();
    }
    while (this.due.length > 0 && this.due[0].pts <= now) this.due.shift().tell();
  }

  /// Calls `tell` when `pts` is heard.
  at(pts, tell) {
    this.due.push({pts, tell});
    this.due.sort((a, b) => a.pts - b.pts);
  }

  mute() {
    this.voice.port.postMessage({type: 'mute'});
  }

  /// All of epochs before `epoch` is void from `pts` on.
  flush({epoch, pts}) {
    this.epoch = epoch;
    this.voidFrom = pts;
    this.voice.port.postMessage({type: 'flush', epoch, pts});
    this.frames = this.frames.filter((held) => {
      const stays = held.pts < pts || held.epoch >= epoch;
      if (!stays) held.frame.close();
      return stays;
    });
    this.due = [];
  }

  stats() {
    const now = this.position();
    const skews = [...this.skews].sort((a, b) => a - b);
    return {
      buffer: now === null || this.newest === null ? null : (this.newest - now) / CLOCK * 1000,
      skew: skews.length ? skews[Math.floor(skews.length * 0.99)] : null,
      shown: this.shown, dropped: this.dropped,
    };
  }

  end() {
    this.alive = false;
    this.drop();
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.voice.disconnect();
  }
}

/// Fragmented MP4 by Media Source Extensions: where there is no WebCodecs, as outside of secure contexts.
export class FallbackPlayer {
  constructor(video) {
    this.video = video;
    this.queue = [];
    this.shown = this.dropped = 0;
    this.due = [];
    this.timer = setInterval(() => this.tick(), 100);
  }

  get name() { return 'Media Source Extensions'; }

  begin({mse, epoch}) {
    this.epoch = epoch;
    this.queue = [];
    this.buffer = null;
    this.base = null;
    const Source = window.ManagedMediaSource ?? window.MediaSource;
    const source = this.source = new Source();
    this.video.disableRemotePlayback = true;
    this.video.src = URL.createObjectURL(source);
    source.onsourceopen = () => {
      if (source !== this.source) return;
      this.buffer = source.addSourceBuffer(mse);
      this.buffer.onupdateend = () => this.feed();
      this.feed();
    };
    this.video.play().catch(() => {}); // a gesture of the user's will do it
  }

  packet(packet) {
    if (packet.kind !== KIND.piece || packet.epoch < this.epoch) return;
    this.base ??= packet.pts;
    this.newest = packet.pts + 1920;
    this.queue.push(packet.payload);
    this.feed();
  }

  feed() {
    if (!this.buffer || this.buffer.updating || this.source.readyState !== 'open') return;
    const video = this.video;
    if (this.queue.length > 0) {
      const size = this.queue.reduce((sum, piece) => sum + piece.length, 0);
      const whole = new Uint8Array(size);
      let place = 0;
      for (const piece of this.queue) {
        whole.set(piece, place);
        place += piece.length;
      }
      this.queue = [];
      this.buffer.appendBuffer(whole);
    } else if (video.buffered.length > 0 && video.currentTime - video.buffered.start(0) > 20) {
      this.buffer.remove(0, video.currentTime - 10);
    }
  }

  tick() {
    const video = this.video;
    if (video.buffered.length === 0) return;
    const first = video.buffered.start(0), end = video.buffered.end(video.buffered.length - 1);
    if (video.currentTime < first || end - video.currentTime > 0.6) video.currentTime = Math.max(first, end - 0.15);
    if (video.paused) video.play().catch(() => {});
    const quality = video.getVideoPlaybackQuality?.();
    if (quality) {
      this.shown = quality.totalVideoFrames - quality.droppedVideoFrames;
      this.dropped = quality.droppedVideoFrames;
    }
    const now = this.position();
    while (now !== null && this.due.length > 0 && this.due[0].pts <= now) this.due.shift().tell();
  }

  position() {
    const video = this.video;
    if (video.buffered.length === 0 || this.newest === undefined) return null;
    return this.newest - (video.buffered.end(video.buffered.length - 1) - video.currentTime) * CLOCK;
  }

  at(pts, tell) {
    this.due.push({pts, tell});
    this.due.sort((a, b) => a.pts - b.pts);
  }

  mute() { this.video.muted = true; }

  flush({epoch}) {
    this.epoch = epoch;
    this.queue = [];
    this.due = [];
    const video = this.video;
    video.muted = false;
    // What is buffered of the old epoch is passed over.
    if (video.buffered.length > 0) video.currentTime = video.buffered.end(video.buffered.length - 1);
  }

  stats() {
    const video = this.video;
    const buffered = video.buffered.length ? video.buffered.end(video.buffered.length - 1) - video.currentTime : null;
    return {buffer: buffered === null ? null : buffered * 1000, skew: null, shown: this.shown, dropped: this.dropped};
  }

  end() {
    clearInterval(this.timer);
    this.video.removeAttribute('src');
    this.video.load();
  }
}
