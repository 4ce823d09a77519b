import { useEffect, useState } from "react";

export interface Device {
  id: string;
  name: string;
}

/** The devices of a kind that may be used; `refresh` changes when a permission has been given. */
export function useDevices(kind: MediaDeviceKind, refresh: unknown): Device[] {
  const [devices, setDevices] = useState<Device[]>([]);
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices) return;
    let current = true;
    async function read() {
      const found = await mediaDevices.enumerateDevices();
      if (current) setDevices(named(found.filter((device) => device.kind === kind)));
    }
    void read();
    mediaDevices.addEventListener("devicechange", read);
    return () => {
      current = false;
      mediaDevices.removeEventListener("devicechange", read);
    };
  }, [kind, refresh]);
  return devices;
}

function named(devices: MediaDeviceInfo[]): Device[] {
  return devices
    .filter((device) => device.deviceId !== "" && device.label !== "")
    .map((device) => ({ id: device.deviceId, name: device.label }));
}
