// Measures the server's page from within: window.probe. All times are performance.now() of the page.
(() => {
  const CLOCK = 48000;
  const RATE = 24000; // of what is said
  const LOUD = 0.03;
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const until = async (time) => { if (time > performance.now()) await sleep(time - performance.now()); };

  const probe = window.probe = {
    drawn: [], // {at, pts, bars, skew} of every picture
    said: new Map(), // utterance -> {started, finished}

    /// The page is connected. `bits`, `block`: of the bars.
    async begin(bits, block) {
      const {player, session} = mouthpiece;
      const paint = player.paint, draw = paint.drawImage.bind(paint);
      paint.drawImage = (...picture) => {
        draw(...picture);
        const pixels = paint.getImageData(0, block / 2, bits * block, 1).data;
        const at = performance.now();
        let bars = 0;
        for (let bit = 0; bit < bits; ++bit) bars |= (pixels[4 * (bit * block + block / 2)] > 128) << bit;
        const pts = Math.round(picture[0].timestamp * CLOCK / 1e6);
        this.drawn.push({at, pts, bars, skew: (player.position() - pts) / CLOCK * 1000});
      };
      const message = session.on.message;
      session.on.message = (told) => {
        const of = told.utterance && (this.said.get(told.utterance) ?? {});
        if (of) {
          of[told.type] = {at: performance.now(), pts: told.pts};
          this.said.set(told.utterance, of);
        }
        if (told.type === 'flush') this.flushed = performance.now();
        message(told);
      };
      // What leaves the page's loudspeaker.
      const meter = `registerProcessor('meter', class extends AudioWorkletProcessor {
        process([[heard]]) {
          if (!heard) return true;
          let loudest = 0;
          for (const value of heard) loudest = Math.max(loudest, Math.abs(value));
          this.port.postMessage({time: currentTime, loudest});
          return true;
        }
      });`;
      await player.context.audioWorklet.addModule(URL.createObjectURL(new Blob([meter], {type: 'text/javascript'})));
      this.meter = new AudioWorkletNode(player.context, 'meter', {numberOfOutputs: 0});
      this.heard = []; // {at, loudest}: when it is heard
      this.meter.port.onmessage = ({data}) => {
        const {contextTime, performanceTime} = player.context.getOutputTimestamp();
        if (performanceTime > 0) this.heard.push({at: performanceTime + (data.time - contextTime) * 1000, loudest: data.loudest});
      };
      player.voice.connect(this.meter);
    },

    /// The speech in pieces of 20 ms at their time, and how long each picture took from the sample that
    /// decides it, or from the end of the speech where it looks beyond that.
    async speak(speech, lookAhead) {
      const {session} = mouthpiece;
      session.begin(RATE);
      const name = session.open_;
      const piece = RATE / 50, known = [];
      const begin = performance.now();
      for (let at = 0; at < speech.length; at += piece) {
        await until(begin + (at + piece) / RATE * 1000);
        known.push(performance.now());
        session.push(speech.slice(at, at + piece));
      }
      const ended = performance.now();
      session.end();
      while (!this.said.get(name)?.finished) await sleep(20);
      await sleep(300);
      const {pts} = this.said.get(name).started;
      const end = pts + speech.length * CLOCK / RATE;
      const decided = [], past = [];
      for (const drawn of this.drawn) {
        if (drawn.pts + lookAhead <= pts || drawn.pts >= end) continue;
        const samples = Math.ceil((drawn.pts + lookAhead - pts) * RATE / CLOCK);
        if (samples > speech.length) past.push(drawn.at - ended);
        else decided.push(drawn.at - known[Math.ceil(samples / piece) - 1]);
      }
      return {decided, past};
    },

    /// From the button to the last sound that is heard, and to the server's answer.
    async stop(speech) {
      const {session} = mouthpiece;
      session.begin(RATE);
      const name = session.open_;
      for (let at = 0; at < speech.length; at += 12000) session.push(speech.slice(at, at + 12000));
      session.end();
      while (!this.said.get(name)?.started) await sleep(5);
      await sleep(900 + Math.random() * 600);
      this.flushed = null;
      const asked = performance.now();
      document.getElementById('stop').click();
      await sleep(700);
      const last = this.heard.filter(({loudest}) => loudest > 0).at(-1).at + 128 / CLOCK * 1000;
      return {silent: last - asked, flushed: this.flushed === null ? null : this.flushed - asked};
    },

    /// From now on, bursts that the microphone hears are written down, and those that are heard.
    listen() {
      const {session} = mouthpiece;
      this.spoken = [];
      this.heard = [];
      let quiet = Infinity;
      const push = session.push.bind(session);
      session.push = (samples) => {
        const first = samples.findIndex((value) => Math.abs(value) > LOUD * 32768);
        if (first >= 0 && quiet > CLOCK / 5) this.spoken.push(performance.now() - (samples.length - first) / CLOCK * 1000);
        quiet = first >= 0 ? 0 : quiet + samples.length;
        push(samples);
      };
    },

    /// From each burst in the microphone to the same one heard.
    delays() {
      const onsets = [];
      let quiet = Infinity;
      for (const {at, loudest} of this.heard) {
        if (loudest <= LOUD) {
          quiet += 128;
        } else {
          if (quiet > CLOCK / 5) onsets.push(at);
          quiet = 0;
        }
      }
      if (onsets.length !== this.spoken.length) throw new Error(`${this.spoken.length} bursts, ${onsets.length} heard`);
      return onsets.map((at, i) => at - this.spoken[i]);
    },
  };
})();
