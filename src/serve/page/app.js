// The page: who is shown, and what is said to her.
import {CLOCK} from './protocol.js';
import {call, Refused, Session} from './session.js';
import {FallbackPlayer, Player} from './player.js';

const $ = (id) => document.getElementById(id);
const controls = ['say', 'text', 'talk', 'stop', 'file'];
let context, session, player, server = {}, microphone, latency = null;
let token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

function message(text = '') { $('message').textContent = text; }

function state(name, text) {
  $('state').dataset.state = name;
  $('state').textContent = text;
}

function enable(on) {
  for (const id of controls) $(id).disabled = !on || (id === 'text' || id === 'say') && !server.tts;
  $('filelabel').setAttribute('aria-disabled', String(!on));
  $('text').placeholder = on && !server.tts ? 'No voice here (--tts): talk, or drop a file' : 'Say something';
}

async function avatars() {
  server = await call('/v1/server');
  $('access').hidden = !server.token || token !== '';
  const found = await call('/v1/avatars', {token});
  $('avatar').replaceChildren(...(found.avatars ?? found).map(({name}) => new Option(name, name)));
}

/// The picture's own size decides the stage's shape.
function shape({w, h}) { $('stage').style.aspectRatio = `${w} / ${h}`; }

async function connect() {
  message();
  $('connect').disabled = true;
  state('', 'connecting');
  try {
    const wantsFallback = new URLSearchParams(location.search).get('player') === 'mse';
    const modern = !wantsFallback && await Player.isPossible('avc1.64001F');
    if (modern) {
      context ??= new AudioContext({sampleRate: CLOCK, latencyHint: 'interactive'});
      context.resume();
      if (!context.voiceIsThere) {
        await context.audioWorklet.addModule('voice-worklet.js');
        context.voiceIsThere = true;
      }
    }
    $('picture').hidden = !modern;
    $('fallback').hidden = modern;
    player = modern ? new Player($('picture'), context) : new FallbackPlayer($('fallback'));
    player.onerror = message;
    $('s-player').textContent = player.name;
    session = new Session({ready, message: receive, packet: (packet) => player?.packet(packet), lost, over},
      modern ? 'h264' : 'mse');
    await session.open($('avatar').value, token);
    $('connect').textContent = 'Disconnect';
  } catch (error) {
    disconnect();
    if (error instanceof Refused && error.status === 401) $('access').hidden = false;
    message(error instanceof Refused && error.retry
      ? `${error.message} Try again in ${error.retry} s.` : error.message);
  }
  $('connect').disabled = false;
}

function disconnect() {
  hush();
  session?.close();
  player?.end();
  session = player = null;
  enable(false);
  $('connect').textContent = 'Connect';
  $('hint').hidden = false;
  state('', 'not connected');
}

function ready(about) {
  shape(about.video);
  player.begin(about);
  $('hint').hidden = true;
  enable(true);
  message();
  state('listening', 'listening');
}

function lost() {
  hush();
  enable(false);
  state('lost', 'reconnecting');
}

function over(reason) {
  disconnect();
  message(`The session is over: ${reason}.`);
}

function receive(told) {
  switch (told.type) {
    case 'started':
      player.at(told.pts, () => state('speaking', 'speaking'));
      break;
    case 'finished':
      state('listening', 'listening');
      break;
    case 'flush':
      player.flush(told);
      session.send({type: 'playhead', epoch: told.epoch, pts: Math.round(player.position() ?? told.pts)});
      break;
    case 'busy':
      message('She has a minute of speech to say already.');
      break;
    case 'error': {
      const file = session.files.get(told.utterance);
      message(file === undefined ? told.message : `${file}: ${told.message}`);
      break;
    }
    case 'pong': {
      const now = player.position();
      const half = (performance.now() - told.t) / 2;
      latency = now === null ? null : (told.pts - now) / CLOCK * 1000 + half;
      break;
    }
  }
}

function stop() {
  if (!session) return;
  hush();
  const heard = player.position();
  player.mute();
  session.interrupt(heard === null ? null : Math.round(heard));
}

async function talk() {
  if (!session || microphone || $('talk').disabled) return;
  $('talk').setAttribute('aria-pressed', 'true');
  const mine = microphone = {over: false};
  try {
    const stream = mine.stream = await navigator.mediaDevices.getUserMedia(
      {audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true}});
    mine.context = new AudioContext({sampleRate: CLOCK});
    await mine.context.audioWorklet.addModule('voice-worklet.js');
    if (mine.over) return release(mine);
    session.begin(CLOCK);
    const ear = mine.ear = new AudioWorkletNode(mine.context, 'ear', {numberOfOutputs: 0});
    ear.port.onmessage = ({data}) => { if (!mine.over) session?.push(data); };
    mine.context.createMediaStreamSource(stream).connect(ear);
    mine.began = true;
  } catch (error) {
    message(`The microphone cannot be used: ${error.message}`);
    hush();
  }
}

function release({stream, context: own}) {
  for (const track of stream?.getTracks() ?? []) track.stop();
  own?.close();
}

function hush() {
  if (!microphone) return;
  $('talk').setAttribute('aria-pressed', 'false');
  microphone.over = true;
  if (microphone.began) session?.end();
  release(microphone);
  microphone = null;
}

async function send(file) {
  if (!session || !file) return;
  message();
  try {
    await session.file(file);
  } catch (error) {
    message(`${file.name}: ${error.message}`);
  }
}

function numbers() {
  if (!player || !session) return;
  const {buffer, skew, shown, dropped} = player.stats();
  const text = (value) => value === null || Number.isNaN(value) ? '–' : `${Math.round(value)} ms`;
  $('s-latency').textContent = text(latency);
  $('s-buffer').textContent = text(buffer);
  $('s-skew').textContent = skew === null ? '–' : `${Math.round(skew)} ms (p99)`;
  $('s-shown').textContent = shown;
  $('s-dropped').textContent = dropped;
  const position = player.position();
  if (position !== null) session.send({type: 'playhead', epoch: player.epoch ?? 0, pts: Math.round(position)});
  session.send({type: 'ping', t: performance.now()});
}

$('connect').onclick = () => session ? disconnect() : connect();
$('speak').onsubmit = (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!session || text === '') return;
  message();
  session.say(text);
  $('text').value = '';
};
$('access').onsubmit = (event) => {
  event.preventDefault();
  token = $('token').value;
  begin();
};
$('stop').onclick = stop;
$('talk').onpointerdown = (event) => {
  event.preventDefault();
  $('talk').setPointerCapture(event.pointerId);
  talk();
};
for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) $('talk').addEventListener(end, hush);
$('talk').oncontextmenu = (event) => event.preventDefault();
$('file').onchange = () => {
  send($('file').files[0]);
  $('file').value = '';
};
$('filelabel').onkeydown = (event) => { if (event.key === 'Enter' || event.key === ' ') $('file').click(); };

const isTyping = (event) => event.target instanceof HTMLElement && event.target.matches('input, select, textarea, summary, button:not(#talk), #filelabel');
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') stop();
  if (event.code === 'Space' && !isTyping(event)) {
    event.preventDefault();
    if (!event.repeat) talk();
  }
});
addEventListener('keyup', (event) => {
  if (event.code === 'Space' && !isTyping(event)) {
    event.preventDefault();
    hush();
  }
});
addEventListener('blur', hush);

const stage = $('stage');
for (const kind of ['dragenter', 'dragover']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    $('drop').hidden = !session;
  });
}
addEventListener('dragleave', (event) => { if (event.relatedTarget === null) $('drop').hidden = true; });
addEventListener('drop', (event) => {
  event.preventDefault();
  $('drop').hidden = true;
  send(event.dataTransfer.files[0]);
});
addEventListener('pagehide', () => session?.close());
setInterval(numbers, 200);

async function begin() {
  try {
    await avatars();
    message();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) $('access').hidden = false;
    message(error.message);
  }
}

/// For tests and the curious: what the player has, in the browser's console.
window.mouthpiece = {
  get player() { return player; },
  get session() { return session; },
  get latency() { return latency; },
};
enable(false);
begin();
stage.focus({preventScroll: true});
