// One session with the server: opened over HTTP, kept over a WebSocket that is opened again when it is lost.
import {readPacket, speechPacket} from './protocol.js';

const GIVE_UP_MS = 28000; // the server keeps a session for 30 s without a viewer

export class Refused extends Error {
  constructor(status, text, retry) {
    super(text);
    this.status = status;
    this.retry = retry;
  }
}

export async function call(path, {token, ...options} = {}) {
  const headers = new Headers(options.headers);
  if (token) headers.set('Authorization', `Bearer ${token}`);
  const answer = await fetch(path, {...options, headers});
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  let text = `${answer.status} ${answer.statusText}`;
  try {
    const {error, message} = await answer.json();
    text = message ?? error ?? text;
  } catch { /* no JSON: the status says it */ }
  throw new Refused(answer.status, text, Number(answer.headers.get('Retry-After')) || 0);
}

/// Calls `on.ready`, `on.message` (text messages), `on.packet`, `on.lost` (it will try again), `on.over(reason)`.
export class Session {
  constructor(on, video) {
    this.on = on;
    this.video = video;
    this.utterances = 0;
    this.files = new Map(); // utterance -> the file that it is
    this.seq = 0;
    this.closed = false;
  }

  async open(avatar, token) {
    this.id = await call('/v1/sessions', {method: 'POST', token, body: JSON.stringify({avatar}),
      headers: {'Content-Type': 'application/json'}});
    this.connect();
  }

  connect() {
    const url = new URL(this.id.ws, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('role', 'drive,view');
    const socket = this.socket = new WebSocket(url, 'mouthpiece.1');
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.send({type: 'hello', token: this.id.token, video: this.video});
    socket.onmessage = ({data}) => {
      if (typeof data !== 'string') return this.on.packet(readPacket(data));
      const message = JSON.parse(data);
      if (message.type === 'ready') {
        this.lostAt = null;
        this.on.ready(message);
      } else {
        if (message.type === 'bye') this.bye = message;
        this.on.message(message);
      }
    };
    socket.onclose = (event) => this.lose(event);
  }

  lose(event) {
    if (this.closed) return;
    const now = performance.now();
    this.lostAt ??= now;
    const isOver = event.code === 1000 || event.code === 1008 || this.bye || now - this.lostAt > GIVE_UP_MS;
    if (isOver) {
      this.closed = true;
      this.on.over(this.bye?.reason || event.reason || 'the connection was lost');
      return;
    }
    this.on.lost();
    this.retry = setTimeout(() => this.connect(), Math.min(2000, 200 + (now - this.lostAt) / 2));
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  name() {
    return `page-${++this.utterances}-${Math.random().toString(36).slice(2, 8)}`;
  }

  say(text) {
    this.send({type: 'say', utterance: this.name(), text});
  }

  file(file) {
    const utterance = this.name();
    this.files.set(utterance, file.name);
    return call(`/v1/sessions/${this.id.id}/speech?utterance=${utterance}`, {method: 'POST', token: this.id.token, body: file,
      headers: {'Content-Type': file.type || 'application/octet-stream'}});
  }

  begin(rate) {
    this.open_ = this.name();
    this.send({type: 'speak', utterance: this.open_, rate});
  }

  push(samples) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(speechPacket(samples, this.seq++));
  }

  end() {
    this.send({type: 'end', utterance: this.open_});
    this.open_ = null;
  }

  interrupt(heard) {
    this.send(heard === null ? {type: 'interrupt'} : {type: 'interrupt', heard});
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close(1000);
    if (this.id) {
      call(`/v1/sessions/${this.id.id}`, {method: 'DELETE', token: this.id.token, keepalive: true}).catch(() => {});
    }
  }
}
