import { useMutation } from "@tanstack/react-query";
import { request } from "./request";

/** What an authenticator is told; `qr` is a picture as a data: address. */
export interface Enrolment {
  secret: string;
  qr: string;
}

interface Codes {
  recovery_codes: string[];
}

const PATH = "/session/second-factor";

export function useBeginFactor() {
  return useMutation({
    mutationFn: (password: string) => request<Enrolment>("POST", PATH, { body: { password } }),
  });
}

/** The session is read again by whoever shows the codes, once they were seen. */
export function useConfirmFactor() {
  return useMutation({ mutationFn: (code: string) => request<Codes>("PUT", PATH, { body: { code } }) });
}

export function useRenewCodes() {
  return useMutation({
    mutationFn: (code: string) => request<Codes>("POST", `${PATH}/recovery-codes`, { body: { code } }),
  });
}

export function useRemoveFactor() {
  return useMutation({
    mutationFn: (proof: { password: string; code: string }) => request("POST", `${PATH}/removal`, { body: proof }),
  });
}
