// Plays the session's sound at its place on the timeline, and says how far it is. Positions are ticks of 48 kHz,
// which are samples of the context.
class Voice extends AudioWorkletProcessor {
  constructor() {
    super();
    this.position = null; // of the next sample; null until the first anchor
    this.pieces = []; // {pts, epoch, samples}, by pts
    this.epoch = 0;
    this.muted = false; // after an interrupt, until the server has said from where it is void
    this.fade = 0; // samples of a fade that are left
    this.quanta = 0;
    this.port.onmessage = ({data}) => this.take(data);
  }

  take(message) {
    switch (message.type) {
      case 'piece':
        if (message.epoch >= this.epoch) this.pieces.push(message);
        break;
      case 'anchor':
        this.position = message.pts;
        this.pieces = this.pieces.filter((piece) => piece.pts + piece.samples.length > message.pts);
        this.report();
        break;
      case 'flush': // what is older is void from pts on
        this.epoch = message.epoch;
        for (const piece of this.pieces) {
          if (piece.epoch < message.epoch) piece.samples = piece.samples.subarray(0, Math.max(0, message.pts - piece.pts));
        }
        this.pieces = this.pieces.filter((piece) => piece.samples.length > 0);
        this.muted = false;
        this.report();
        break;
      case 'mute':
        this.fade = 240;
        this.muted = true;
        break;
    }
  }

  // That `position` is what leaves at the context's time `time`.
  report(time = currentTime) {
    if (this.position !== null) this.port.postMessage({position: this.position, time, waiting: this.pieces.length});
  }

  process(_, outputs) {
    const out = outputs[0][0];
    if (this.position === null) return true;
    const from = this.position;
    for (const piece of this.pieces) {
      const begin = Math.max(from, piece.pts), end = Math.min(from + out.length, piece.pts + piece.samples.length);
      for (let i = begin; i < end; ++i) out[i - from] = piece.samples[i - piece.pts] / 32768;
    }
    if (this.muted) {
      for (let i = 0; i < out.length; ++i) out[i] *= this.fade > 0 ? this.fade-- / 240 : 0;
    }
    for (let channel = 1; channel < outputs[0].length; ++channel) outputs[0][channel].set(out);
    this.position += out.length;
    while (this.pieces.length > 0 && this.pieces[0].pts + this.pieces[0].samples.length <= this.position) this.pieces.shift();
    if (++this.quanta % 8 === 0) this.report(currentTime + out.length / sampleRate);
    return true;
  }
}

// Gives what the microphone hears, 20 ms at a time, as 16-bit samples.
class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process(inputs) {
    const heard = inputs[0][0];
    if (!heard) return true;
    for (const value of heard) {
      this.samples[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
      if (this.filled === this.samples.length) {
        this.port.postMessage(this.samples.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('voice', Voice);
registerProcessor('ear', Ear);
