/**
 * Offers to receive only what cameras send. Browsers know fifteen video formats, which stand in each of the sections of an
 * offer and its answer: with 49 cameras these have a quarter of a megabyte, each time that somebody comes with one.
 */
export function receiveCommonCodecs(): void {
  const { prototype } = RTCPeerConnection;
  const add = prototype.addTransceiver;
  const common = RTCRtpReceiver.getCapabilities("video")?.codecs.filter(isCommon) ?? [];
  prototype.addTransceiver = function (this: RTCPeerConnection, track, init) {
    const transceiver = add.call(this, track, init);
    // livekit-client makes the sections in which we receive, and has no option for this.
    if (track === "video" && init?.direction === "recvonly") transceiver.setCodecPreferences?.(common);
    return transceiver;
  };
}

/** Whether cameras may come in this format, or be repaired by it; what is left out are profiles of films and of old devices. */
export function isCommon({ mimeType, sdpFmtpLine = "" }: Pick<RTCRtpCodec, "mimeType" | "sdpFmtpLine">): boolean {
  switch (mimeType.toLowerCase()) {
    case "video/vp8":
    case "video/rtx":
      return true;
    case "video/vp9":
      return !/profile-id=[1-9]/.test(sdpFmtpLine);
    case "video/av1":
      return !/(^|;)profile=[1-9]/.test(sdpFmtpLine);
    case "video/h264":
      return /packetization-mode=1/.test(sdpFmtpLine) && !/profile-level-id=f4/i.test(sdpFmtpLine);
    default:
      return false;
  }
}
