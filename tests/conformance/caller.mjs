// What a LiveKit client can be told to do, in the same words in browsers and in Node; `platform`
// has what differs between the two SDKs. Everything is told and answered as JSON.

export function makeCaller(platform) {
  const news = [];
  const waiting = [];
  let room;

  function happen(entry) {
    const found = waiting.findIndex((one) => matches(entry, one));
    if (found < 0) news.push(entry);
    else waiting.splice(found, 1)[0].resolve(entry.words);
  }

  const publications = (identity) => [
    ...(room.remoteParticipants.get(identity)?.trackPublications.values() ?? []),
  ];

  const verbs = {
    async join(url, token, options) {
      room = platform.room(options);
      for (const name of Object.values(platform.RoomEvent)) {
        room.on(name, (...told) => happen({ name, words: told.flat().map(word) }));
      }
      room.registerTextStreamHandler("lk.chat", async (reader, from) => {
        happen({ name: "text", words: [await reader.readAll(), from.identity] });
      });
      await platform.connect(room, url, token, options);
      room.localParticipant.registerRpcMethod("greet", async (call) => {
        if (call.payload === "refuse") throw new platform.RpcError(1234, "no greeting", "");
        return `${call.payload} ${call.callerIdentity}`;
      });
      return verbs.me();
    },
    async me() {
      const { sid, identity, name, metadata, attributes } = room.localParticipant;
      const there = { room: await room.getSid(), roomName: room.name };
      return { sid, identity, name, metadata, attributes, ...there };
    },
    roster() {
      const others = [...room.remoteParticipants.values()].map((other) => [
        other.identity,
        {
          sid: other.sid,
          name: other.name,
          metadata: other.metadata,
          attributes: other.attributes,
          tracks: [...other.trackPublications.keys()],
        },
      ]);
      return Object.fromEntries(others);
    },
    speak: async () => platform.sid(await platform.speak(room)),
    film: async () => platform.sid(await platform.film(room)),
    async unpublish(sid) {
      await platform.unpublish(room, sid);
    },
    async mute(sid, muted) {
      const { track } = room.localParticipant.trackPublications.get(sid);
      await (muted ? track.mute() : track.unmute());
    },
    muted: (sid) => room.localParticipant.trackPublications.get(sid).isMuted,
    // Wait until media of somebody arrives and go on arriving.
    async receives(identity, kind) {
      for (;;) {
        for (const { track } of publications(identity)) {
          if (track && platform.kind(track) === kind && (await platform.flows(track))) return;
        }
        await pause();
      }
    },
    subscribe(identity, on) {
      for (const publication of publications(identity)) publication.setSubscribed(on);
    },
    permit(identities) {
      const people = identities.map((one) => ({ participantIdentity: one, allowAll: true }));
      room.localParticipant.setTrackSubscriptionPermissions(identities.length === 0, people);
    },
    async say(text, options) {
      const data = new TextEncoder().encode(text);
      await room.localParticipant.publishData(data, platform.dataOptions(options));
    },
    async chat(text) {
      await room.localParticipant.sendText(text, { topic: "lk.chat" });
    },
    greet: (destinationIdentity, method, payload) =>
      room.localParticipant.performRpc({ destinationIdentity, method, payload }),
    rename: (name) => platform.rename(room, name),
    describe: (metadata) => platform.describe(room, metadata),
    attribute: (attributes) => room.localParticipant.setAttributes(attributes),
    leave: () => room.disconnect(),
    // The next event of that name which has all these words; what came before stays.
    event(name, ...words) {
      const found = news.findIndex((entry) => matches(entry, { name, words }));
      if (found >= 0) return news.splice(found, 1)[0].words;
      return new Promise((resolve) => waiting.push({ name, words, resolve }));
    },
    // The quality of somebody's connection, once there is news of it.
    async graded(identity) {
      const [quality] = await verbs.event("connectionQualityChanged", identity);
      return quality;
    },
    ...platform.verbs?.(() => room),
  };
  return (verb, ...told) => verbs[verb](...told);
}

const matches = (entry, { name, words }) =>
  entry.name === name && words.every((one) => entry.words.includes(one));

function word(one) {
  if (one instanceof Uint8Array) return new TextDecoder().decode(one);
  return one?.identity ?? one?.trackSid ?? one?.sid ?? (one instanceof Object ? JSON.stringify(one, plain) : String(one));
}

const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
